"""Tests of sessions: what they change, how they end, and transact."""

import time
import unittest
from concurrent.futures import Future, ThreadPoolExecutor

from server_case import ServerCase, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors
from zeus_bso import service_changes as changes
from zeus_bso import service_reads as reads
from zeus_bso.retry import RetryPolicy
from zeus_bso.session import Session
from zeus_bso.types import Arm, Stage, Trial, TrialType

# The answer to a commit: an empty message in field 17 of SessionResponse.
COMMITTED = b"\x00\x00\x00\x00\x03\x8a\x01\x00"


class SessionCase(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)
        self.client.register_job(make_spec())

    def start(self, session: Session) -> Trial:
        session.get_job("job")
        return session.create_trial("job", 8, TrialType.MAB)

    def trial_numbers(self) -> list[int]:
        return [each.trial_number for each in self.client.list_trials("job")]


class SessionTest(SessionCase):
    def test_changes_take_effect_at_the_commit(self) -> None:
        with self.client.session() as session:
            job = session.get_job("job")
            self.assertEqual(job, self.client.get_job("job"))
            session.create_arms("job", [Arm("job", 8)])
            session.update_job_stage("job", Stage.MAB)
            trial = session.create_trial("job", 8, TrialType.MAB)
            session.update_arm_state(trial.trial_number, Arm("job", 8, -1.0))
            self.assertEqual(session.get_arm("job", 8), Arm("job", 8, -1.0))
            self.assertEqual(self.client.get_job("job"), job)
            self.assertEqual(self.client.get_arms("job"), [])
            session.commit()
            changed = self.client.get_job("job")
            assert changed is not None
            self.assertEqual(changed.stage, Stage.MAB)
        self.assertEqual(self.client.get_arms("job"), [Arm("job", 8, -1.0)])
        self.assertEqual(self.client.get_trial("job", 8, 1), trial)

    def test_a_sequence(self) -> None:
        with self.client.session() as session:
            job, arms = session.sequence(reads.get_job("job"), reads.get_arms("job"))
            self.assertEqual((job, arms), (self.client.get_job("job"), []))
            started, trial = session.sequence(
                changes.create_trial("job", 8, TrialType.CONCURRENT),
                reads.get_trial("job", 8, 1),
                commit=True,
            )
            self.assertEqual(started, trial)
            with self.assertRaises(RuntimeError):
                session.get_job("job")
        self.assertEqual(self.client.get_trial("job", 8, 1), trial)

    def test_a_sequence_that_fails_changes_nothing(self) -> None:
        with self.client.session() as session:
            with self.assertRaises(errors.BatchSizeNotInJobError):
                session.sequence(
                    reads.get_job("job"),
                    changes.create_trial("job", 8, TrialType.CONCURRENT),
                    changes.create_trial("job", 7, TrialType.CONCURRENT),
                    commit=True,
                )
        self.assertEqual(self.trial_numbers(), [])

    def test_without_a_commit_nothing_is_changed(self) -> None:
        with self.client.session() as session:
            self.start(session)
        with self.assertRaises(ValueError):
            with self.client.session() as session:
                self.start(session)
                raise ValueError
        # Sessions that were left so do not stand in the way of another.
        with self.client.session() as session:
            self.assertEqual(self.start(session).trial_number, 1)
            session.commit()
        self.assertEqual(self.trial_numbers(), [1])

    def test_the_server_notices_that_one_was_left(self) -> None:
        client = self.new_client("--max_sessions=1")
        with client.session() as left:
            left.get_job("job")
        end = time.monotonic() + 30
        while True:
            with client.session() as session:
                try:
                    session.get_job("job")
                    return
                except errors.TooManySessionsError:
                    self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_delete_job(self) -> None:
        with self.client.session() as session:
            self.assertTrue(session.delete_job("job"))
            self.assertFalse(session.delete_job("none"))
            session.commit()
        self.assertIsNone(self.client.get_job("job"))

    def test_a_lost_race(self) -> None:
        with self.client.session() as session:
            self.start(session)
            other = self.client.start_trial("job")
            with self.assertRaises(errors.LostRaceError):
                session.commit()
        self.assertEqual(list(self.client.list_trials("job")), [other])

    def test_an_error_is_the_end(self) -> None:
        with self.client.session() as session:
            self.start(session)
            for _ in range(2):
                with self.assertRaises(errors.BatchSizeNotInJobError):
                    session.create_trial("job", 5, TrialType.MAB)
            with self.assertRaises(errors.BatchSizeNotInJobError):
                session.commit()
        self.assertEqual(self.trial_numbers(), [])

    def test_is_open_only_within_its_with_statement(self) -> None:
        session = self.client.session()
        with self.assertRaises(RuntimeError):
            session.get_job("job")
        with session:
            session.commit()
            with self.assertRaises(RuntimeError):
                session.get_job("job")
        with self.client.session() as left:
            pass
        with self.assertRaises(RuntimeError):
            left.commit()
        with self.assertRaises(RuntimeError):
            session.__enter__()

    def test_its_timeout(self) -> None:
        with self.client.session(timeout=0.5) as session:
            with self.assertRaises(errors.DeadlineExceededError):
                while True:
                    session.get_job("job")
                    time.sleep(0.01)

    def test_close_ends_it(self) -> None:
        client = self.connect(self.server.address)
        with client.session() as session:
            session.get_job("job")
            client.close()
            with self.assertRaises(errors.CallCancelledError):
                session.get_job("job")
        with self.assertRaises(errors.CallCancelledError), client.session():
            self.fail("entered")


class TransactTest(SessionCase):
    def test_commits(self) -> None:
        trial = self.client.transact(self.start)
        self.assertEqual(list(self.client.list_trials("job")), [trial])

    def test_begins_again_after_lost_races(self) -> None:
        others: list[int] = []

        def body(session: Session) -> Trial:
            trial = self.start(session)
            if len(others) < 3:
                others.append(self.client.start_trial("job").trial_number)
            return trial

        trial = self.client.transact(body)
        self.assertEqual(others, [1, 2, 3])
        self.assertEqual(trial.trial_number, 4)
        self.assertEqual(self.trial_numbers(), [1, 2, 3, 4])

    def test_others_wait_for_a_session_that_reserves_the_job(self) -> None:
        others: list[Future[Trial]] = []

        def body(session: Session) -> Trial:
            session.get_job("job")
            others.append(pool.submit(self.client.start_trial, "job"))
            time.sleep(0.2)
            self.assertFalse(others[0].done())
            return session.create_trial("job", 8, TrialType.MAB)

        with ThreadPoolExecutor() as pool:
            trial = self.client.transact(body, reserve=["job"])
            self.assertEqual(trial.trial_number, 1)
            self.assertEqual(len(others), 1)
            self.assertEqual(others[0].result(30).trial_number, 2)

    def test_reserves_a_bounded_number_of_jobs(self) -> None:
        with self.assertRaises(errors.InvalidFieldError) as raised:
            self.client.transact(self.start, reserve=[f"job-{i}" for i in range(101)])
        violations = raised.exception.field_violations
        self.assertEqual([each.field for each in violations], ["reserve"])

    def test_gives_up(self) -> None:
        client = self.connect(self.server.address, retry=RetryPolicy(total=0.0))

        def body(session: Session) -> None:
            self.start(session)
            self.client.start_trial("job")

        with self.assertRaises(errors.LostRaceError):
            client.transact(body)
        self.assertEqual(self.trial_numbers(), [1])

    def test_exceptions_of_the_body_change_nothing(self) -> None:
        exception = ValueError()
        runs: list[Trial] = []

        def body(session: Session) -> None:
            runs.append(self.start(session))
            raise exception

        with self.assertRaises(ValueError) as caught:
            self.client.transact(body)
        self.assertIs(caught.exception, exception)
        self.assertEqual(len(runs), 1)
        self.assertEqual(self.trial_numbers(), [])

    def test_errors_that_do_not_pass(self) -> None:
        with self.assertRaises(errors.JobNotFetchedError):
            self.client.transact(
                lambda session: session.update_job_stage("job", Stage.MAB)
            )

    def test_begins_again_when_the_connection_breaks_before_the_commit(self) -> None:
        with TcpProxy(self.server.address) as proxy:
            client = self.connect(proxy.address)
            client.get_job("other")  # Connects.
            proxy.lose_answer(b"job")
            trial = client.transact(self.start)
            self.assertTrue(proxy.has_lost())
            client.close()
        self.assertEqual(list(self.client.list_trials("job")), [trial])

    def test_a_commit_whose_answer_is_lost_is_not_repeated(self) -> None:
        with TcpProxy(self.server.address) as proxy:
            client = self.connect(proxy.address)
            client.get_job("other")
            proxy.lose_answer(COMMITTED)
            with self.assertRaises(errors.UnavailableError):
                client.transact(self.start)
            self.assertTrue(proxy.has_lost())
            client.close()
        self.assertEqual(self.trial_numbers(), [1])


if __name__ == "__main__":
    unittest.main()
