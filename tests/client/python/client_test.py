"""Tests of Client: each method, and the values that it answers."""

import math
import subprocess
import sys
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any

from server_case import ServerCase, free_port, make_spec
from zeus_bso import errors, optimizer_calls, trial_calls
from zeus_bso.errors import UnreadableJobsWarning
from zeus_bso.types import (
    BatchSizeFailures,
    EndReason,
    Policy,
    Stage,
    Trial,
    TrialFailure,
    TrialStatus,
    TrialType,
    Verdict,
)
from zeus_bso.v1 import batch_size_optimizer_pb2 as api


class ClientTest(ServerCase):
    def test_over_tcp(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        self.start_server(listen=[address])
        client = self.connect(address)
        self.assertTrue(client.register_job(make_spec()).created)

    def test_register_job_fills_in_defaults(self) -> None:
        client = self.new_client()
        spec = make_spec(mab_seed=1, trial_timeout=timedelta(seconds=90.5))
        before = datetime.now(timezone.utc)
        registration = client.register_job(spec)
        self.assertTrue(registration.created)
        job = registration.job
        self.assertEqual(job.spec.batch_sizes, (8, 16, 32))
        self.assertEqual(job.spec.beta_knob, 2.0)
        self.assertEqual(job.spec.trial_timeout, timedelta(seconds=90.5))
        self.assertEqual(job.stage, Stage.PRUNING)
        self.assertIsNone(job.min_cost)
        self.assertEqual(
            (job.exp_default_batch_size, job.min_cost_batch_size), (16, 16)
        )
        self.assertLess(abs(job.create_time - before), timedelta(minutes=1))
        assert job.generator_state is not None
        self.assertGreater(job.generator_state.state, 2**64)
        again = client.register_job(job.spec)
        self.assertFalse(again.created)
        self.assertEqual(again.job, job)
        self.assertEqual(client.get_job("job"), job)

    def test_policies(self) -> None:
        client = self.new_client()
        default = client.register_job(make_spec("default", policy=None)).job
        self.assertEqual(default.spec.policy, Policy.CURVES)
        self.assertEqual((default.stage, default.failures), (Stage.NONE, ()))
        with self.assertRaises(errors.JobExistsError) as caught:
            client.register_job(make_spec("default", policy=Policy.ZEUS))
        self.assertEqual(caught.exception.metadata["fields"], "policy")
        zeus = client.register_job(make_spec(policy=Policy.ZEUS)).job
        self.assertEqual((zeus.spec.policy, zeus.stage), (Policy.ZEUS, Stage.PRUNING))
        again = client.register_job(make_spec(policy=None))
        self.assertEqual((again.created, again.job), (False, zeus))
        with self.assertRaises(TypeError):
            client.register_job(make_spec("other", policy="curves"))
        many = make_spec("many", batch_sizes=range(1, 258), policy=Policy.CURVES)
        with self.assertRaisesRegex(errors.InvalidFieldError, "at most 256"):
            client.register_job(many)

    def test_the_server_decides_on_the_default_policy(self) -> None:
        client = self.new_client("--default_policy=zeus")
        job = client.register_job(make_spec(policy=None)).job
        self.assertEqual(job.spec.policy, Policy.ZEUS)

    def test_life_of_trials_of_curves(self) -> None:
        client = self.new_client()
        client.register_job(make_spec(policy=Policy.CURVES, mab_seed=3))
        slow, fast = client.start_trial("job"), client.start_trial("job")
        self.assertEqual((slow.type, fast.type), (TrialType.FIRST, TrialType.FIRST))
        assert slow.curves_ticket is not None
        self.assertEqual(slow.curves_ticket.reference_cost, 0.0)
        self.assertGreater(slow.curves_ticket.sd, 0.0)

        def report(trial: Trial, metric: float, epoch: int, joules: float) -> Verdict:
            return client.report_result(
                trial,
                metric=metric,
                epoch=epoch,
                time_seconds=joules / 100,
                energy_joules=joules,
            )

        report(slow, 0.1, 1, 1000.0)
        self.assertTrue(report(fast, 0.9, 1, 100.0).converged)
        verdict = report(slow, 0.1, 2, 2000.0)
        self.assertEqual(verdict.end_reason, EndReason.SLOWER_THAN_ANOTHER)
        ended = client.get_trial("job", slow.batch_size, 1)
        assert ended is not None and ended.cost_limit is not None
        self.assertLess(ended.cost_limit, 2000.0)
        self.assertEqual(ended.limit_batch_size, fast.batch_size)
        assert ended.progress is not None
        self.assertEqual((ended.epochs, ended.progress.epochs), (2, 2))
        self.assertEqual(ended.progress.first_epoch_cost, 1000.0)
        third = client.start_trial("job")
        self.assertIn(third.type, (TrialType.BEST, TrialType.EXPLORE))
        self.assertIsNone(third.end_revision)
        report(third, 0.1, 1, 10.0)
        last = client.end_trial(third, TrialFailure.NOT_CONVERGED)
        self.assertEqual(last.failure, TrialFailure.NOT_CONVERGED)
        assert last.end_revision is not None and ended.end_revision is not None
        self.assertLess(ended.end_revision, last.end_revision)
        with self.assertRaises(errors.TrialFailedError) as caught:
            report(third, 0.1, 2, 20.0)
        self.assertEqual(caught.exception.metadata["failure"], "NOT_CONVERGED")

    def test_made_up_job_ids(self) -> None:
        client = self.new_client()
        spec = make_spec(job_id="", job_id_prefix="night")
        ids = {client.register_job(spec).job.spec.job_id for _ in range(3)}
        self.assertEqual(len(ids), 3)
        self.assertTrue(all(each.startswith("night-") for each in ids))

    def test_life_of_a_trial(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        trial = client.start_trial("job")
        self.assertEqual((trial.trial_number, trial.batch_size), (1, 16))
        self.assertEqual(trial.type, TrialType.EXPLORATION)
        self.assertEqual(trial.status, TrialStatus.DISPATCHED)
        self.assertIsNone(trial.end_time)
        self.assertEqual(client.heartbeat(trial), trial)
        goes_on = client.report_result(
            trial, metric=0.1, epoch=1, time_seconds=1, energy_joules=20
        )
        self.assertEqual((goes_on.stop_train, goes_on.converged), (False, False))
        stops = client.report_result(
            trial, metric=0.6, epoch=2, time_seconds=2, energy_joules=40
        )
        self.assertEqual((stops.stop_train, stops.converged), (True, True))
        self.assertEqual(goes_on.end_reason, EndReason.UNSPECIFIED)
        self.assertEqual(stops.end_reason, EndReason.TARGET_REACHED)
        self.assertEqual(
            stops.message,
            "Batch size 16 reached 0.5 within 2 epochs (last 0.6) at a cost of 120 J",
        )
        ended = client.get_trial("job", 16, 1)
        assert ended is not None and ended.end_time is not None
        self.assertEqual(ended.status, TrialStatus.SUCCEEDED)
        self.assertEqual((ended.time_seconds, ended.energy_joules), (2.0, 40.0))
        self.assertTrue(ended.converged)
        self.assertEqual(ended.end_reason, EndReason.TARGET_REACHED)
        self.assertEqual((ended.last_metric, ended.epochs), (0.6, 2))
        self.assertIsNone(ended.cost_limit)
        self.assertIsNone(trial.last_metric)
        self.assertGreaterEqual(ended.end_time, trial.start_time)
        self.assertEqual(client.end_trial(ended), ended)
        job = client.get_job("job")
        assert job is not None
        self.assertEqual(job.min_cost, 0.5 * 40 + 0.5 * 100 * 2)

    def test_a_report_sends_zeros(self) -> None:
        client = self.new_client()
        # The server would refuse an absent energy of the first job, and an absent time
        # or metric of the second.
        for spec in (
            make_spec("energy", eta_knob=1.0),
            make_spec("time", eta_knob=0.0, higher_is_better_metric=False),
        ):
            client.register_job(spec)
            trial = client.start_trial(spec.job_id)
            zeros: dict[str, Any] = {
                "metric": 0.0,
                "time_seconds": 0.0,
                "energy_joules": 0.0,
            }
            request = trial_calls.report_result(trial, epoch=0, **zeros).request
            for field in (*zeros, "current_epoch"):
                self.assertTrue(request.HasField(field), field)
            verdict = client.report_result(trial, epoch=0, **zeros)
            self.assertEqual(verdict.stop_train, not spec.higher_is_better_metric)

    def test_why_trials_end(self) -> None:
        client = self.new_client()
        client.register_job(make_spec(eta_knob=1.0, max_epochs=5))

        def end(metric: float, epoch: int, joules: float) -> tuple[Trial, Verdict]:
            trial = client.start_trial("job")
            verdict = client.report_result(
                trial, metric=metric, epoch=epoch, time_seconds=1, energy_joules=joules
            )
            ended = client.get_trial("job", trial.batch_size, trial.trial_number)
            assert ended is not None
            self.assertEqual(ended.end_reason, verdict.end_reason)
            return ended, verdict

        end(0.5, 1, 130)
        trial, verdict = end(math.nan, 5, 150)
        self.assertEqual(verdict.end_reason, EndReason.MAX_EPOCHS_DONE)
        self.assertEqual(
            verdict.message,
            f"Batch size {trial.batch_size} did not reach 0.5 within 5 epochs "
            "(last NaN). Start again: another size is next.",
        )
        assert trial.last_metric is not None
        self.assertTrue(math.isnan(trial.last_metric))
        trial, verdict = end(0.4, 2, 263)
        self.assertEqual(verdict.end_reason, EndReason.COST_OVER_LIMIT)
        self.assertEqual(
            verdict.message, "Stopped early: 263 J so far, over the limit of 260 J"
        )
        self.assertEqual(trial.cost_limit, 260.0)
        again = client.report_result(
            trial, metric=1, epoch=1, time_seconds=1, energy_joules=1
        )
        self.assertEqual(again, verdict)

    def test_end_trial_keeps_the_failure(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        for failure in (TrialFailure.FAILED, TrialFailure.CANCELLED):
            ended = client.end_trial(client.start_trial("job"), failure)
            self.assertEqual(ended.status, TrialStatus.FAILED)
            self.assertEqual(ended.failure, failure)
        client.end_trial(client.start_trial("job"), TrialFailure.INFEASIBLE)
        job = client.get_job("job")
        assert job is not None
        self.assertEqual(job.failures, (BatchSizeFailures(16, 1, True),))

    def test_each_start_is_a_new_trial(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        first, second = client.start_trial("job"), client.start_trial("job")
        self.assertNotEqual(first.trial_number, second.trial_number)
        self.assertNotEqual(first.client_id, second.client_id)

    def test_a_client_id_gets_its_trial_back(self) -> None:
        server = self.start_server()
        first = self.connect(server.address, client_id="node-7")
        first.register_job(make_spec())
        trial = first.start_trial("job")
        first.close()
        second = self.connect(server.address, client_id="node-7")
        self.assertEqual(second.start_trial("job"), trial)
        self.assertEqual(trial.client_id, "node-7")

    def test_arms(self) -> None:
        client = self.new_client()
        client.register_job(make_spec(batch_sizes=[16], mab_num_explorations=1))
        self.assertEqual(client.get_arms("job"), [])
        while not client.get_arms("job"):
            trial = client.start_trial("job")
            client.report_result(
                trial, metric=1, epoch=1, time_seconds=1, energy_joules=100
            )
        trial = client.start_trial("job")
        self.assertEqual(trial.type, TrialType.MAB)
        (arm,) = client.get_arms("job")
        self.assertEqual((arm.job_id, arm.batch_size), ("job", 16))
        self.assertEqual(arm.param_mean, -100.0)
        self.assertTrue(math.isinf(arm.param_precision))
        # Two of pruning, and the first of the bandit, for which the arm was made.
        self.assertEqual(arm.num_observations, 3)
        job = client.get_job("job")
        assert job is not None
        self.assertEqual(job.stage, Stage.MAB)

    def test_what_is_not_there(self) -> None:
        client = self.new_client()
        self.assertIsNone(client.get_job("job"))
        self.assertIsNone(client.get_trial("job", 8, 1))
        self.assertEqual(client.get_arms("job"), [])
        self.assertEqual(list(client.list_jobs()), [])

    def test_lists_go_over_all_pages(self) -> None:
        client = self.new_client()
        names = [f"job-{number}" for number in range(5)]
        for name in [*names, "other"]:
            client.register_job(make_spec(name))
        listed = [each.spec.job_id for each in client.list_jobs("job-", page_size=2)]
        self.assertEqual(listed, names)
        for _ in range(5):
            client.start_trial("job-3")
        trials = list(client.list_trials("job-3", page_size=2))
        self.assertEqual([each.trial_number for each in trials], [1, 2, 3, 4, 5])
        none = client.list_trials("job-3", batch_size=32, page_size=2)
        self.assertEqual(list(none), [])

    def test_delete_job(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        client.delete_job("job")
        self.assertIsNone(client.get_job("job"))
        with self.assertRaises(errors.JobNotFoundError):
            client.delete_job("job")

    def test_closed(self) -> None:
        client = self.new_client()
        client.close()
        with self.assertRaises(errors.CallCancelledError):
            client.get_job("job")

    def test_closed_at_once_or_never(self) -> None:
        address = self.start_server().address
        for program in (
            "for _ in range(5): Client(address).close()",
            "client = Client(address); list(client.list_jobs())",
        ):
            head = f"from zeus_bso.client import Client; address = {address!r}\n"
            python = subprocess.run(
                [sys.executable, "-c", head + program],
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
            self.assertEqual(python.stderr, "")


class UnreadableJobsTest(unittest.TestCase):
    def test_a_list_that_leaves_jobs_out_warns(self) -> None:
        response = api.ListJobsResponse()
        response.unreadable_jobs.add(after="a", before="c")
        with self.assertWarnsRegex(UnreadableJobsWarning, "between 'a' and 'c'"):
            page = optimizer_calls.list_jobs().convert(response)
        self.assertEqual(page.items, [])


if __name__ == "__main__":
    unittest.main()
