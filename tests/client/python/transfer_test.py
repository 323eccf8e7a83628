"""Tests of export_job and import_job as streams of records."""

import asyncio
import json
import math
import time
import unittest

from server_case import AsyncServerCase, ServerCase, make_spec
from zeus_bso import errors


class TransferTest(ServerCase):
    def test_an_export_that_was_closed_early_is_not_in_the_way(self) -> None:
        client = self.new_client("--max_sessions=1")
        client.register_job(make_spec())
        closed = client.export_job("job")
        next(closed)
        closed.close()
        end = time.monotonic() + 30
        while True:
            try:
                self.assertIn("end", list(client.export_job("job"))[-1])
                return
            except errors.TooManySessionsError:  # The server has not noticed yet.
                self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


class AsyncTransferTest(AsyncServerCase):
    async def test_an_export_is_imported_as_it_is_read(self) -> None:
        source = await self.connect_async(self.start_server().address)
        target = await self.connect_async(self.start_server().address)
        await source.register_job(make_spec())
        await source.start_trial("job")
        job = await target.import_job(source.export_job("job"))
        self.assertEqual(job, await source.get_job("job"))
        records = [
            [record async for record in client.export_job("job")]
            for client in (source, target)
        ]
        for each in (each for exported in records for each in exported):
            each.get("trial", {}).pop("job_uid", None)  # Each registration has its own.
        self.assertEqual(records[0], records[1])

    async def test_the_end_of_a_training_that_diverged(self) -> None:
        source = await self.connect_async(self.start_server().address)
        target = await self.connect_async(self.start_server().address)
        await source.register_job(make_spec(max_epochs=1))
        trial = await source.start_trial("job")
        verdict = await source.report_result(
            trial, metric=math.nan, epoch=1, time_seconds=1, energy_joules=2
        )
        records = [record async for record in source.export_job("job")]
        (ended,) = [each["trial"] for each in records if "trial" in each]
        self.assertEqual(ended["end_reason"], "END_REASON_MAX_EPOCHS_DONE")
        self.assertEqual((ended["last_metric"], ended["epochs"]), ("NaN", "1"))
        await target.import_job(json.loads(json.dumps(records, allow_nan=False)))
        imported = await target.get_trial("job", trial.batch_size, trial.trial_number)
        assert imported is not None
        again = await target.report_result(
            imported, metric=1, epoch=1, time_seconds=1, energy_joules=2
        )
        self.assertEqual(again, verdict)

    async def test_an_export_that_was_closed_early_is_not_in_the_way(self) -> None:
        flags = ["--max_sessions=1"]
        server = await asyncio.to_thread(self.start_server, flags=flags)
        client = await self.connect_async(server.address)
        await client.register_job(make_spec())
        closed = client.export_job("job")
        await anext(closed)
        await closed.aclose()
        async with asyncio.timeout(30.0):
            while True:
                try:
                    records = [record async for record in client.export_job("job")]
                    break
                except errors.TooManySessionsError:  # The server has not noticed yet.
                    await asyncio.sleep(0.05)
        self.assertIn("end", records[-1])


if __name__ == "__main__":
    unittest.main()
