"""Tests that a trial belongs to one registration of its job."""

import unittest
from typing import Callable

from server_case import ServerCase, make_spec
from zeus_bso import errors


class RegistrationTest(ServerCase):
    def test_a_job_that_was_registered_again(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        old = client.start_trial("job")
        state = next(client.watch_job("job"))
        self.assertEqual(old.job_uid, state.job_uid)
        client.delete_job("job")
        client.register_job(make_spec())
        new = client.start_trial("job")
        self.assertEqual(new.trial_number, old.trial_number)
        self.assertNotEqual(new.job_uid, old.job_uid)
        calls: list[Callable[[], object]] = [
            lambda: client.report_result(
                old, metric=0.9, epoch=1, time_seconds=1, energy_joules=2
            ),
            lambda: client.heartbeat(old, interval=30.0),
            lambda: client.end_trial(old),
        ]
        for call in calls:
            with self.assertRaises(errors.JobNotFoundError):
                call()
        self.assertEqual(list(client.list_trials("job")), [new])

    def test_later_epochs_cost_no_less(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        with client.trial("job") as trial:
            trial.report(0.1, epoch=1, time_seconds=10, energy_joules=20)
            with self.assertRaises(errors.InvalidFieldError):
                trial.report(0.1, epoch=2, time_seconds=5, energy_joules=40)


if __name__ == "__main__":
    unittest.main()
