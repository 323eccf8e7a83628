"""Tests of corrections: update_job, void_trial, reset_batch_size and if_exists."""

import time
import unittest
from datetime import timedelta

from server_case import AsyncServerCase, ServerCase, make_spec
from zeus_bso import errors, events
from zeus_bso.client import Client
from zeus_bso.types import (
    BatchSizeFailures,
    FieldChange,
    Job,
    Policy,
    Trial,
    TrialFailure,
    TrialStatus,
)


def converge(client: Client, joules: float = 100.0) -> Trial:
    """A trial that has."""
    started = client.start_trial("job")
    client.report_result(
        started, metric=0.9, epoch=10, time_seconds=1.0, energy_joules=joules
    )
    ended = client.get_trial("job", started.batch_size, started.trial_number)
    assert ended is not None and ended.converged
    return ended


def get_job(client: Client) -> Job:
    job = client.get_job("job")
    assert job is not None
    return job


class UpdateTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def test_a_job_of_curves(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        update = self.client.update_job(
            "job", beta_knob=3.0, batch_sizes=[8, 16, 32, 64], max_epochs=100
        )
        self.assertEqual(update.job.spec.beta_knob, 3.0)
        self.assertEqual(update.job.spec.batch_sizes, (8, 16, 32, 64))
        # max_epochs had this value before.
        fields = {each.field for each in update.changes}
        self.assertEqual(fields, {"beta_knob", "batch_sizes"})
        self.assertTrue(all(each.meaning for each in update.changes))
        self.assertEqual(update.job.num_corrections, 1)
        self.assertEqual(get_job(self.client).spec, update.job.spec)
        again = self.client.update_job("job", beta_knob=3.0)
        self.assertEqual(again.changes, ())

    def test_a_job_of_zeus(self) -> None:
        self.client.register_job(make_spec())
        update = self.client.update_job("job", policy=Policy.CURVES, eta_knob=1.0)
        self.assertEqual(update.job.spec.policy, Policy.CURVES)
        self.assertEqual(update.job.spec.eta_knob, 1.0)

    def test_a_dry_run(self) -> None:
        job = self.client.register_job(make_spec()).job
        update = self.client.update_job(
            "job", max_epochs=7, trial_timeout=timedelta(minutes=5), dry_run=True
        )
        self.assertEqual(update.job.spec.max_epochs, 7)
        fields = {each.field for each in update.changes}
        self.assertEqual(fields, {"max_epochs", "trial_timeout"})
        self.assertEqual(get_job(self.client), job)

    def test_defaults(self) -> None:
        self.client.register_job(make_spec(beta_knob=3.0, max_epochs=7))
        update = self.client.update_job("job", beta_knob=None, max_epochs=None)
        self.assertEqual(update.job.spec.beta_knob, 2.0)
        self.assertEqual(update.job.spec.max_epochs, 100)

    def test_no_limit_on_the_cost(self) -> None:
        self.client.register_job(make_spec())
        update = self.client.update_job("job", disable_early_stop=True)
        self.assertIsNone(update.job.spec.beta_knob)
        update = self.client.update_job("job", beta_knob=3.0)
        self.assertEqual(update.job.spec.beta_knob, 3.0)

    def test_what_is_refused(self) -> None:
        self.client.register_job(make_spec())
        with self.assertRaises(errors.FieldFixedError) as caught:
            self.client.update_job("job", window_size=3, max_epochs=7)
        self.assertEqual(caught.exception.metadata["fields"], "window_size")
        with self.assertRaises(errors.InvalidFieldError):
            self.client.update_job("job", default_batch_size=7)
        with self.assertRaises(errors.InvalidFieldError):
            self.client.update_job("job")
        with self.assertRaises(errors.JobNotFoundError):
            self.client.update_job("none", max_epochs=7)
        self.assertEqual(get_job(self.client).spec.max_epochs, 100)


class VoidTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()
        self.client.register_job(make_spec(eta_knob=1.0))

    def test_a_trial_does_not_count_any_more(self) -> None:
        dear, cheap = converge(self.client, 100.0), converge(self.client, 60.0)
        self.assertEqual(get_job(self.client).min_cost, 60.0)
        dry = self.client.void_trial(cheap, "bad data", dry_run=True)
        assert dry.trial.voided is not None
        self.assertEqual(dry.job.min_cost, 100.0)
        self.assertEqual(get_job(self.client).min_cost, 60.0)

        voiding = self.client.void_trial(cheap, "bad data")
        assert voiding.trial.voided is not None
        self.assertEqual(voiding.trial.voided.reason, "bad data")
        assert cheap.end_time is not None
        self.assertGreaterEqual(voiding.trial.voided.time, cheap.end_time)
        self.assertEqual(voiding.trial.status, TrialStatus.SUCCEEDED)
        self.assertEqual(voiding.job.min_cost, 100.0)
        self.assertEqual(get_job(self.client), voiding.job)
        self.assertEqual(list(self.client.list_trials("job")), [dear, voiding.trial])

    def test_by_its_numbers(self) -> None:
        trial = converge(self.client)
        voiding = self.client.void_trial(("job", trial.batch_size, 1), "bad data")
        again = self.client.void_trial(trial, "another reason")
        self.assertEqual(again.trial, voiding.trial)

    def test_what_is_refused(self) -> None:
        trial = self.client.start_trial("job")
        with self.assertRaises(errors.TrialRunningError):
            self.client.void_trial(trial, "bad data")
        self.client.end_trial(trial)
        for reason in ("", "x" * 1025):
            with self.assertRaises(errors.InvalidFieldError):
                self.client.void_trial(trial, reason)
        with self.assertRaises(errors.TrialNotFoundError):
            self.client.void_trial(("job", trial.batch_size, 2), "bad data")


class ResetTest(ServerCase):
    def test_a_size_is_tried_again(self) -> None:
        client = self.new_client()
        client.register_job(make_spec())
        client.end_trial(client.start_trial("job"), TrialFailure.INFEASIBLE)
        failures = get_job(client).failures
        self.assertEqual(failures, (BatchSizeFailures(16, 0, True),))
        dry = client.reset_batch_size("job", 16, dry_run=True)
        self.assertIn(16, dry.batch_sizes)
        self.assertEqual(get_job(client).failures, failures)
        reset = client.reset_batch_size("job", 16)
        self.assertEqual(reset.batch_sizes, dry.batch_sizes)
        self.assertEqual(reset.job.failures, ())
        self.assertEqual(get_job(client).failures, ())
        self.assertEqual(client.reset_batch_size("job", 8).batch_sizes, ())
        with self.assertRaises(errors.BatchSizeNotInJobError):
            client.reset_batch_size("job", 7)
        with self.assertRaises(errors.JobNotFoundError):
            client.reset_batch_size("none", 8)


class IfExistsTest(ServerCase):
    def test_each(self) -> None:
        client = self.new_client()
        job = client.register_job(make_spec(), if_exists="update").job
        other = make_spec(beta_knob=3.0, max_epochs=7)
        with self.assertRaises(errors.JobExistsError):
            client.register_job(other, if_exists="fail")

        kept = client.register_job(other, if_exists="keep")
        self.assertEqual((kept.created, kept.job.spec), (False, job.spec))
        self.assertEqual(set(kept.differing_fields), {"beta_knob", "max_epochs"})
        self.assertEqual(kept.changes, ())

        updated = client.register_job(other, if_exists="update")
        self.assertFalse(updated.created)
        self.assertEqual(updated.job.spec.beta_knob, 3.0)
        self.assertEqual(
            {each.field for each in updated.changes}, {"beta_knob", "max_epochs"}
        )
        self.assertIsInstance(updated.changes[0], FieldChange)
        self.assertFalse(client.register_job(other).created)

        with self.assertRaises(errors.FieldFixedError):
            client.register_job(make_spec(window_size=3), if_exists="update")


class WatchTest(AsyncServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.direct = self.connect(self.server.address)
        self.direct.register_job(make_spec())

    async def test_events_in_asyncio(self) -> None:
        client = await self.connect_async(self.server.address)
        started = await client.start_trial("job")
        await client.end_trial(started)
        watch_job = client.watch_job("job")
        await anext(watch_job)
        update = await client.update_job("job", max_epochs=7)
        while not isinstance(event := await anext(watch_job), events.JobUpdated):
            pass
        self.assertEqual(event.job.spec, update.job.spec)
        voiding = await client.void_trial(started, "bad data")
        while not isinstance(event := await anext(watch_job), events.TrialVoided):
            pass
        self.assertEqual(event.trial, voiding.trial)
        reset = await client.reset_batch_size("job", 16, dry_run=True)
        self.assertEqual(reset.job.spec, update.job.spec)
        kept = await client.register_job(make_spec(), if_exists="keep")
        self.assertEqual(kept.differing_fields, ("max_epochs",))
        await watch_job.aclose()

    def test_what_is_learned_anew(self) -> None:
        self.direct.update_job("job", policy=Policy.CURVES)
        voiding = self.direct.void_trial(converge(self.direct), "bad data")
        end = time.monotonic() + 60
        while get_job(self.direct).is_learning_anew:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        corrections = get_job(self.direct).num_corrections
        self.assertGreaterEqual(corrections, voiding.job.num_corrections)


if __name__ == "__main__":
    unittest.main()
