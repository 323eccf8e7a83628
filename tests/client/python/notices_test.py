"""Tests of warnings, latest results and summaries of jobs, of both clients."""

import dataclasses
import unittest
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from server_case import AsyncServerCase, ServerCase, await_summary, make_spec
from zeus_bso import convert, events, watch
from zeus_bso.client import Client
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import Job, LatestResults, Policy, Trial, WarningReason
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources


def fail_trials(client: Client, count: int) -> None:
    for _ in range(count):
        client.end_trial(client.start_trial("job"))


def converge(client: Client, joules: float = 100.0) -> Trial:
    trial = client.start_trial("job")
    client.report_result(
        trial, metric=0.9, epoch=10, time_seconds=1.0, energy_joules=joules
    )
    return trial


def reasons(job: Job | None) -> list[WarningReason]:
    assert job is not None
    return [each.reason for each in job.warnings]


class WarningsTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def test_names_every_reason(self) -> None:
        names = {name: number for name, number in resources.WarningReason.items()}
        for each in WarningReason:
            self.assertEqual(names.pop(f"WARNING_REASON_{each.name}"), each.value)
        self.assertEqual(names, {})

    def test_none(self) -> None:
        job = self.client.register_job(make_spec()).job
        self.assertEqual(job.warnings, ())
        self.assertIsNone(job.latest_results)
        self.assertIsNone(job.summary)

    def test_from_the_registration_on(self) -> None:
        job = self.client.register_job(make_spec(beta_knob=1.1)).job
        (warning,) = job.warnings
        self.assertIs(warning.reason, WarningReason.BETA_TOO_LOW)
        self.assertEqual(warning.since, job.create_time)
        self.assertIsNone(warning.batch_size)
        self.assertIsNone(warning.trial_number)

    def test_of_trials_that_fail(self) -> None:
        self.client.register_job(make_spec())
        fail_trials(self.client, 3)
        job = self.client.get_job("job")
        assert job is not None and job.latest_results is not None
        self.assertEqual(
            reasons(job), [WarningReason.NOT_CONVERGING, WarningReason.SIZE_RESTS]
        )
        not_converging, rests = job.warnings
        self.assertIn("did not converge", not_converging.message)
        self.assertIn("list of trials", not_converging.advice)
        self.assertGreater(not_converging.since, job.create_time)
        self.assertEqual(not_converging.since.tzinfo, timezone.utc)
        self.assertIsNone(not_converging.batch_size)
        self.assertEqual(rests.batch_size, 16)
        last = self.client.get_trial("job", 16, 3)
        assert last is not None
        results = LatestResults(
            last_trial_number=3,
            last_end_time=last.end_time,
            num_not_converged=3,
            num_without_energy=0,
            epochs_missing=False,
        )
        self.assertEqual(job.latest_results, results)
        self.assertEqual(list(self.client.list_jobs()), [job])
        self.assertEqual(self.client.explain_job("job").job, job)

        converge(self.client)
        job = self.client.get_job("job")
        self.assertNotIn(WarningReason.NOT_CONVERGING, reasons(job))

    def test_of_a_trial(self) -> None:
        since = datetime(2026, 11, 28, tzinfo=timezone.utc)
        message = resources.Job()
        for reason, number in ((resources.WARNING_REASON_LONG_TRIAL, 7), (99, None)):
            warning = message.warnings.add(reason=reason, trial_number=number)
            warning.since.FromDatetime(since)
        long_trial, unknown = convert.job_from_proto(message).warnings
        self.assertIs(long_trial.reason, WarningReason.LONG_TRIAL)
        self.assertEqual((long_trial.trial_number, long_trial.since), (7, since))
        self.assertIs(unknown.reason, WarningReason.UNSPECIFIED)
        self.assertIsNone(unknown.trial_number)


class SummaryTest(ServerCase):
    def test_what_is_believed(self) -> None:
        client = self.new_client()
        spec = make_spec(policy=Policy.CURVES, mab_seed=1, beta_knob=1.1)
        client.register_job(spec)
        for number in range(20):
            converge(client, joules=100.0 + number % 5)
        job = await_summary(client)
        explanation, summary = client.explain_job("job"), job.summary
        assert summary is not None and job.latest_results is not None
        self.assertEqual(summary.best_batch_size, explanation.best_batch_size)
        probabilities = {
            each.batch_size: each.best_probability for each in explanation.batch_sizes
        }
        assert summary.best_batch_size is not None
        self.assertEqual(
            summary.best_probability, probabilities[summary.best_batch_size]
        )
        for name in ("cost_saving", "time_saving", "energy_saving"):
            self.assertEqual(getattr(summary, name), getattr(explanation, name))
        self.assertEqual(summary.last_end_time, job.latest_results.last_end_time)
        self.assertEqual(summary.num_warnings, len(job.warnings))

        (listed,) = client.list_jobs()
        self.assertEqual(listed.summary, summary)
        state = next(client.watch_job("job"))
        assert isinstance(state, events.PresentState)
        self.assertEqual(state.job.summary, summary)
        # Other calls do not have it; it takes no part in comparisons.
        self.assertIsNone(explanation.job.summary)
        self.assertEqual(explanation.job, job)

    def test_nothing_believed_yet(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        fail_trials(client, 1)
        summary = await_summary(client).summary
        assert summary is not None
        self.assertIsNone(summary.best_batch_size)
        self.assertEqual(summary.best_probability, 0.0)
        self.assertIsNone(summary.cost_saving)

    def test_takes_no_part_in_comparisons(self) -> None:
        job = convert.job_from_proto(resources.Job())
        message = resources.Job(summary=resources.JobSummary(last_trial_number=1))
        summarized = convert.job_from_proto(message)
        self.assertIsNotNone(summarized.summary)
        self.assertEqual(summarized, job)
        self.assertEqual(hash(summarized), hash(job))
        self.assertNotEqual(dataclasses.replace(job, num_running_trials=1), job)


class WatchTest(AsyncServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)
        self.client.register_job(make_spec(max_failures_per_batch_size=0))

    def check(self, seen: list[events.JobEvent]) -> None:
        """What is seen of three failures and a success, up to its summary."""
        appeared, ended = (e for e in seen if isinstance(e, events.WarningsChanged))
        (warning,) = appeared.warnings
        self.assertIs(warning.reason, WarningReason.NOT_CONVERGING)
        self.assertEqual(ended.warnings, ())
        last = seen[-1]
        assert isinstance(last, events.SummaryChanged)
        self.assertEqual(last.summary, await_summary(self.client).summary)
        self.assertEqual(last.revision, ended.revision)

    def is_last(self, event: events.JobEvent) -> bool:
        return (
            isinstance(event, events.SummaryChanged)
            and event.summary.last_trial_number == 4
        )

    def run_trials(self) -> None:
        fail_trials(self.client, 3)
        converge(self.client)

    def test_events(self) -> None:
        watch_job = self.client.watch_job("job")
        seen = [next(watch_job)]
        self.run_trials()
        while not self.is_last(seen[-1]):
            seen.append(next(watch_job))
        self.check(seen)

    async def test_events_in_asyncio(self) -> None:
        client = await self.connect_async(self.server.address)
        watch_job = client.watch_job("job")
        seen = [await anext(watch_job)]
        self.run_trials()
        while not self.is_last(seen[-1]):
            seen.append(await anext(watch_job))
        self.check(seen)
        await watch_job.aclose()

    def test_a_summary_comes_after_all_of_a_revision(self) -> None:
        watching = watch.Watching("job", RetryPolicy())
        summary: dict[str, Any] = {"summary_changed": resources.JobSummary()}
        warnings: dict[str, Any] = {"warnings_changed": api.Warnings()}
        with mock.patch.object(watch, "_SETTLED", 60.0):
            for kind, revision in ((warnings, 4), (summary, 5)):
                watching.take(api.JobEvent(job_uid=1, revision=5, **kind))
                self.assertEqual(watching.request().seen.revision, revision)


if __name__ == "__main__":
    unittest.main()
