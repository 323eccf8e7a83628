"""Tests of export_job and import_job as streams of records."""

import unittest

from server_case import AsyncServerCase, ServerCase, make_spec


class TransferTest(ServerCase):
    def test_an_export_is_closed_early(self) -> None:
        client = self.new_client("--max_sessions=1")
        client.register_job(make_spec())
        for _ in range(3):
            records = client.export_job("job")
            next(records)
            records.close()
        self.assertIn("end", list(client.export_job("job"))[-1])


class AsyncTransferTest(AsyncServerCase):
    async def test_an_export_is_imported_as_it_is_read(self) -> None:
        source = await self.connect_async(self.start_server().address)
        target = await self.connect_async(self.start_server().address)
        await source.register_job(make_spec())
        await source.start_trial("job")
        job = await target.import_job(source.export_job("job"))
        self.assertEqual(job, await source.get_job("job"))
        self.assertEqual(
            [record async for record in target.export_job("job")],
            [record async for record in source.export_job("job")],
        )

    async def test_an_export_is_closed_early(self) -> None:
        client = await self.connect_async(self.start_server().address)
        await client.register_job(make_spec())
        records = client.export_job("job")
        await anext(records)
        await records.aclose()


if __name__ == "__main__":
    unittest.main()
