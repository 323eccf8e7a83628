"""Tests of Client.watch_job: the events, and what happens when connections break."""

import tempfile
import time
import unittest
from concurrent.futures import Future
from pathlib import Path
from unittest import mock

from server_case import SERVER_BINARY, ServerCase, free_port, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors, events, watch
from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import Stage, Trial, TrialStatus


def report(client: Client, trial: Trial, metric: float, epoch: int = 1) -> None:
    client.report_result(
        trial, metric=metric, epoch=epoch, time_seconds=1, energy_joules=2
    )


def shows_a_trial(event: events.JobEvent) -> bool:
    """Whichever was first, the start of the trial or the watcher that came back."""
    if isinstance(event, events.PresentState):
        return event.missed_changes and event.job.num_running_trials == 1
    return isinstance(event, events.TrialStarted)


class WatchTest(ServerCase):
    def test_every_event(self) -> None:
        client = self.new_client()
        client.register_job(make_spec(num_pruning_rounds=0))
        watch_job = client.watch_job("job")
        state = next(watch_job)
        assert isinstance(state, events.PresentState)
        self.assertEqual((state.job, state.arms), (client.get_job("job"), ()))
        self.assertFalse(state.missed_changes)
        trial = client.start_trial("job")
        report(client, trial, 0.25, epoch=1)
        report(client, trial, 0.75, epoch=2)
        client.delete_job("job")
        seen = list(watch_job)  # Ends by itself.
        self.assertEqual({each.job_uid for each in seen}, {state.job_uid})
        self.assertIn(
            Stage.MAB, [e.stage for e in seen if isinstance(e, events.StageChanged)]
        )
        arms = [e.arm.batch_size for e in seen if isinstance(e, events.ArmRefit)]
        self.assertEqual(arms, [8, 16, 32, trial.batch_size])
        self.assertEqual(
            [e.trial for e in seen if isinstance(e, events.TrialStarted)], [trial]
        )
        (reported,) = (e for e in seen if isinstance(e, events.TrialReported))
        self.assertEqual((reported.metric, reported.current_epoch), (0.25, 1))
        self.assertEqual((reported.time_seconds, reported.energy_joules), (1.0, 2.0))
        (ended,) = (e for e in seen if isinstance(e, events.TrialEnded))
        self.assertEqual(ended.trial.status, TrialStatus.SUCCEEDED)
        self.assertIsInstance(seen[-1], events.JobDeleted)

    def test_goes_on_at_the_first_revision(self) -> None:
        # Of a job that was imported, where a report comes at revision 1.
        source = self.new_client()
        source.register_job(make_spec())
        started = source.start_trial("job")
        server = self.start_server()
        client = self.connect(server.address)
        client.import_job(source.export_job("job"))
        trial = client.get_trial("job", started.batch_size, started.trial_number)
        assert trial is not None
        proxy = self.enterContext(TcpProxy(server.address))
        watch_job = self.connect(proxy.address).watch_job("job")
        self.assertEqual(next(watch_job).revision, 1)
        report(client, trial, 0.25)
        self.assertIsInstance(next(watch_job), events.TrialReported)
        proxy.break_connections()
        report(client, trial, 0.75, epoch=2)
        while not isinstance(event := next(watch_job), events.TrialEnded):
            assert isinstance(event, events.PresentState)
            if event.job.num_running_trials == 0:
                return

    def test_can_be_left(self) -> None:
        client = self.new_client("--max_watchers=1")
        client.register_job(make_spec())
        for _ in range(3):
            self.watch_once(client)

    def watch_once(self, client: Client) -> None:
        """Begins to watch, once the server has noticed that others are gone."""
        end = time.monotonic() + 30
        while True:
            watch_job = client.watch_job("job")
            try:
                next(watch_job)
                return
            except errors.TooManyWatchersError:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)
            finally:
                watch_job.close()

    def test_close_ends_it(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        watch_job = client.watch_job("job")
        next(watch_job)
        client.close()
        with self.assertRaises(errors.CallCancelledError):
            next(watch_job)


class ReconnectTest(ServerCase):
    def setUp(self) -> None:
        server = self.start_server()
        self.direct = self.connect(server.address)
        self.direct.register_job(make_spec())
        self.proxy = self.enterContext(TcpProxy(server.address))
        self.client = self.connect(self.proxy.address)

    def break_and_start_trial(self) -> "Future[Trial]":
        """Breaks the connection, and starts a trial once the watcher is back."""
        asked = self.proxy.await_request(b"job")
        self.proxy.break_connections()

        def start_trial() -> Trial:
            self.assertTrue(asked.wait(30))
            time.sleep(0.5)  # The server has the request soon.
            return self.direct.start_trial("job")

        return self.after(0.0, start_trial)

    def test_goes_on_where_it_was(self) -> None:
        watch_job = self.client.watch_job("job")
        self.assertIsInstance(next(watch_job), events.PresentState)
        started = self.break_and_start_trial()
        event = next(watch_job)
        # Nothing had changed when it was back: no state comes in between.
        assert isinstance(event, events.TrialStarted)
        self.assertEqual(event.trial, started.result())

    def test_missed_changes_are_told(self) -> None:
        watch_job = self.client.watch_job("job")
        next(watch_job)
        self.direct.start_trial("job")
        self.proxy.break_connections()
        self.direct.start_trial("job")
        seen = [next(watch_job)]
        if isinstance(seen[0], events.TrialStarted):  # It was faster than the break.
            seen.append(next(watch_job))
        state = seen[-1]
        assert isinstance(state, events.PresentState)
        self.assertTrue(state.missed_changes)
        self.assertEqual(state.job.num_running_trials, 2)

    def test_half_a_commit_is_not_taken_for_all_of_it(self) -> None:
        watch_job = self.client.watch_job("job")
        next(watch_job)
        self.direct.start_trial("job")
        self.assertIsInstance(next(watch_job), events.TrialStarted)
        self.proxy.break_connections()
        self.assertIsInstance(next(watch_job), events.PresentState)

    def test_a_whole_commit_is_seen(self) -> None:
        with mock.patch.object(watch, "_SETTLED", -1.0):
            watch_job = self.client.watch_job("job")
            next(watch_job)
            self.direct.start_trial("job")
            self.assertIsInstance(next(watch_job), events.TrialStarted)
            started = self.break_and_start_trial()
            event = next(watch_job)
        assert isinstance(event, events.TrialStarted)
        self.assertEqual(event.trial, started.result())

    def test_outlives_the_deadline_of_its_stream(self) -> None:
        with mock.patch.object(watch, "STREAM_TIMEOUT", 0.3):
            watch_job = self.client.watch_job("job")
            next(watch_job)
            self.after(1.0, lambda: self.direct.start_trial("job"))
            self.assertTrue(shows_a_trial(next(watch_job)))

    def test_a_deletion_that_was_missed(self) -> None:
        watch_job = self.client.watch_job("job")
        next(watch_job)
        self.proxy.break_connections()
        self.direct.delete_job("job")
        self.assertIsInstance(list(watch_job)[-1], events.JobDeleted)


class OutageTest(ServerCase):
    def test_restart_and_end(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        data = Path(self.enterContext(tempfile.TemporaryDirectory())) / "data"
        client = self.connect(address, retry=RetryPolicy(total=5.0))
        with LocalServer(SERVER_BINARY, data, listen=[address]):
            client.register_job(make_spec())
            watch_job = client.watch_job("job")
            next(watch_job)
        with LocalServer(SERVER_BINARY, data, listen=[address]):
            self.after(1.0, lambda: client.start_trial("job"))
            self.assertTrue(shows_a_trial(next(watch_job)))
        with self.assertRaises(errors.UnavailableError):
            next(watch_job)


if __name__ == "__main__":
    unittest.main()
