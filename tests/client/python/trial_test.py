"""Tests of the trial context: its ends, and trainers that are killed."""

import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from trial_case import TrialCase
from zeus_bso import errors
from zeus_bso.types import TrialFailure, TrialStatus

TRAINER = Path(__file__).parent / "trainer.py"


class EndTest(TrialCase):
    def test_with_a_result(self) -> None:
        self.register()
        with self.client.trial("job") as trial:
            self.assertEqual(trial.batch_size, 16)
            goes_on = trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
            self.assertFalse(goes_on.stop_train)
            self.assertTrue(trial.running)
            stops = trial.report(0.9, epoch=2, time_seconds=2, energy_joules=4)
            self.assertTrue(stops.stop_train)
            self.assertFalse(trial.running)
        ended = self.last_trial()
        self.assertEqual(ended.status, TrialStatus.SUCCEEDED)
        self.assertEqual((ended.time_seconds, ended.energy_joules), (2.0, 4.0))

    def test_without_a_result(self) -> None:
        self.register()
        with self.client.trial("job"):
            pass
        self.assertEqual(self.last_trial().failure, TrialFailure.NOT_CONVERGED)

    def test_a_loop_that_ends_by_itself(self) -> None:
        self.register()
        with self.client.trial("job") as trial:
            for epoch in (1, 2):
                trial.report(0.1, epoch=epoch, time_seconds=epoch, energy_joules=2)
        ended = self.last_trial()
        self.assertEqual(ended.status, TrialStatus.FAILED)
        self.assertEqual(ended.failure, TrialFailure.NOT_CONVERGED)
        assert ended.progress is not None
        self.assertEqual((ended.progress.epochs, ended.progress.metric), (2, 0.1))
        self.assertIsNone(ended.epochs)

    def test_exceptions_go_on_to_the_caller(self) -> None:
        self.register()
        exceptions: dict[BaseException, TrialFailure] = {
            ValueError("bad data"): TrialFailure.FAILED,
            KeyboardInterrupt(): TrialFailure.CANCELLED,
            SystemExit(143): TrialFailure.CANCELLED,
            MemoryError(): TrialFailure.INFEASIBLE,
        }
        for exception, failure in exceptions.items():
            with self.assertRaises(type(exception)) as caught:
                with self.client.trial("job"):
                    raise exception
            self.assertIs(caught.exception, exception)
            self.assertEqual(self.last_trial().failure, failure)

    def test_a_metric_that_is_not_a_number(self) -> None:
        self.register()
        with self.client.trial("job") as trial:
            goes_on = trial.report(
                float("nan"), epoch=1, time_seconds=1, energy_joules=2
            )
            self.assertFalse(goes_on.stop_train)
            stops = trial.report(0.9, epoch=2, time_seconds=2, energy_joules=4)
            self.assertTrue(stops.converged)

    def test_an_energy_that_is_not_a_number(self) -> None:
        self.register()
        with self.assertRaises(errors.InvalidFieldError):
            with self.client.trial("job") as trial:
                trial.report(0.1, epoch=1, time_seconds=1, energy_joules=float("nan"))
        self.assertEqual(self.last_trial().failure, TrialFailure.FAILED)

    def test_the_trial_was_ended_by_somebody_else(self) -> None:
        self.register()
        with self.assertRaises(errors.TrialFailedError):
            with self.client.trial("job") as trial:
                self.client.end_trial(trial.trial, TrialFailure.CANCELLED)
                trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    def test_no_such_job(self) -> None:
        with self.assertRaises(errors.JobNotFoundError):
            with self.client.trial("none"):
                self.fail("entered")

    def test_the_exception_outlives_the_server(self) -> None:
        self.register()
        with self.assertLogs("zeus_bso.trial"), self.assertRaises(ValueError):
            with self.client.trial("job"):
                self.client.close()
                raise ValueError("bad data")

    def test_is_for_one_with_statement(self) -> None:
        self.register()
        run = self.client.trial("job")
        with self.assertRaises(RuntimeError):
            run.batch_size
        with run:
            pass
        with self.assertRaises(RuntimeError):
            run.__enter__()

    def test_own_handlers_of_sigterm_are_left_alone(self) -> None:
        self.register()
        old = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGTERM, old)
        with self.client.trial("job"):
            self.assertIs(signal.getsignal(signal.SIGTERM), signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with self.client.trial("job"):
            self.assertTrue(callable(signal.getsignal(signal.SIGTERM)))
        self.assertIs(signal.getsignal(signal.SIGTERM), signal.SIG_DFL)


class KilledTest(TrialCase):
    def start_trainer(self) -> "subprocess.Popen[str]":
        """A process that trains for ever, in a trial of its own."""
        trainer = subprocess.Popen(
            [sys.executable, str(TRAINER), self.server.address, "job"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(trainer.wait)
        self.addCleanup(trainer.kill)
        assert trainer.stdout is not None
        self.addCleanup(trainer.stdout.close)
        self.assertEqual(trainer.stdout.readline(), "training\n")
        return trainer

    def test_kill_9(self) -> None:
        self.register(timeout=5.0)
        trainer = self.start_trainer()
        time.sleep(7.0)  # Its heartbeats keep it.
        self.assertEqual(self.last_trial().status, TrialStatus.DISPATCHED)
        self.assertIn(f"-{trainer.pid}-", self.last_trial().client_id)
        trainer.kill()
        self.assertEqual(self.wait_until_ended().failure, TrialFailure.TIMED_OUT)

    def test_sigterm(self) -> None:
        self.register()
        trainer = self.start_trainer()
        trainer.terminate()
        self.assertEqual(trainer.wait(30), 143)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    def test_ctrl_c(self) -> None:
        self.register()
        trainer = self.start_trainer()
        trainer.send_signal(signal.SIGINT)
        self.assertNotEqual(trainer.wait(30), 0)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)


if __name__ == "__main__":
    unittest.main()
