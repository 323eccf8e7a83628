"""Tests of the errors that only the methods of ZeusService and sessions end with."""

import time
import unittest
from typing import Any, Callable

from server_case import ServerCase, make_spec
from zeus_bso import errors
from zeus_bso.types import Arm, Policy, Stage, TrialStatus, TrialType

ARM = Arm("job", 16)


class ServiceErrorTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()
        self.client.register_job(make_spec())

    def check(self, kind: type[errors.ZeusBsoError], call: Callable[[], Any]) -> None:
        with self.assertRaises(errors.ZeusBsoError) as caught:
            call()
        self.assertIs(type(caught.exception), kind)

    def test_arms(self) -> None:
        client = self.client
        client.start_trial("job")
        self.check(errors.ArmNotFoundError, lambda: client.update_arm_state(1, ARM))
        client.create_arms("job", [ARM])
        self.check(errors.ArmExistsError, lambda: client.create_arms("job", [ARM]))
        self.check(errors.TrialNotMabError, lambda: client.update_arm_state(1, ARM))

    def test_trials(self) -> None:
        client = self.client
        trial = client.end_trial(client.start_trial("job"))
        self.check(
            errors.TrialEndedError,
            lambda: client.update_trial(trial, TrialStatus.FAILED),
        )
        self.check(
            errors.InvalidFieldError,
            lambda: client.update_trial(trial, TrialStatus.SUCCEEDED),
        )

    def test_batch_sizes(self) -> None:
        for call in (
            lambda: self.client.update_exp_default_batch_size("job", 5),
            lambda: self.client.create_trial("job", 5, TrialType.MAB),
            lambda: self.client.create_arms("job", [Arm("job", 5)]),
        ):
            self.check(errors.BatchSizeNotInJobError, call)

    def test_stages(self) -> None:
        self.check(
            errors.InvalidFieldError,
            lambda: self.client.update_job_stage("job", Stage.PRUNING),
        )
        self.client.update_job_stage("job", Stage.MAB)
        self.check(errors.NoArmsError, lambda: self.client.start_trial("job"))

    def test_policies(self) -> None:
        client = self.client
        self.check(
            errors.PolicyMismatchError,
            lambda: client.create_trial("job", 16, TrialType.BEST),
        )
        client.register_job(make_spec("curves", policy=Policy.CURVES))
        for call in (
            lambda: client.create_arms("curves", [Arm("curves", 16)]),
            lambda: client.update_exp_default_batch_size("curves", 16),
            lambda: client.update_job_stage("curves", Stage.MAB),
        ):
            self.check(errors.PolicyMismatchError, call)
        self.assertEqual(client.get_arms("curves"), [])

    def test_no_such_job(self) -> None:
        for call in (
            lambda: self.client.create_trial("none", 8, TrialType.MAB),
            lambda: self.client.get_normal("none"),
            lambda: self.client.get_random_choices("none", [1]),
            lambda: self.client.get_trial_results("none", 8),
        ):
            self.check(errors.JobNotFoundError, call)

    def test_not_fetched(self) -> None:
        trial = self.client.start_trial("job")
        self.client.create_arms("job", [ARM])
        mab = self.client.create_trial("job", 16, TrialType.MAB)
        with self.client.session() as session:
            self.check(
                errors.JobNotFetchedError,
                lambda: session.update_job_stage("job", Stage.MAB),
            )
        with self.client.session() as session:
            session.get_job("job")
            self.check(
                errors.TrialNotFetchedError,
                lambda: session.update_trial(trial, TrialStatus.FAILED),
            )
        with self.client.session() as session:
            session.get_job("job")
            session.get_trial("job", 16, mab.trial_number)
            self.check(
                errors.ArmNotFetchedError,
                lambda: session.update_arm_state(mab.trial_number, ARM),
            )

    def test_bounds_of_sessions(self) -> None:
        client = self.new_client("--max_sessions=1", "--session_timeout=2s")
        with client.session() as session:
            session.get_job("job")
            with client.session() as second:
                self.check(errors.TooManySessionsError, lambda: second.get_job("job"))
            with self.assertRaises(errors.SessionTimeoutError):
                while True:
                    session.get_job("job")
                    time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()
