"""Tests of corrections without a server: what is sent, and what events become."""

import unittest
from datetime import datetime, timedelta, timezone
from typing import Any

from server_case import make_spec
from zeus_bso import convert_events, correction_calls, events, optimizer_calls
from zeus_bso.types import Policy
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources


class RequestTest(unittest.TestCase):
    """What the calls send."""

    def update(self, **fields: Any) -> tuple[set[str], resources.JobSpec]:
        """The mask and the specification."""
        request = correction_calls.update_job("job", **fields).request
        self.assertEqual(request.spec.job_id, "job")
        return set(request.update_mask.paths), request.spec

    def test_an_update_names_its_fields(self) -> None:
        mask, spec = self.update(
            batch_sizes=[8, 16],
            max_power=300,
            trial_timeout=timedelta(minutes=5),
            policy=Policy.CURVES,
            gpu_model=None,
        )
        names = {"batch_sizes", "max_power", "trial_timeout", "policy", "gpu_model"}
        self.assertEqual(mask, names)
        self.assertEqual(list(spec.batch_sizes), [8, 16])
        self.assertEqual((spec.max_power, spec.gpu_model), (300.0, ""))
        self.assertEqual(spec.trial_timeout.ToTimedelta(), timedelta(minutes=5))
        self.assertEqual(spec.policy, resources.POLICY_CURVES)
        self.assertFalse(spec.HasField("eta_knob"))

    def test_none_is_the_default(self) -> None:
        mask, spec = self.update(max_epochs=None, trial_timeout=None, policy=None)
        self.assertEqual(mask, {"max_epochs", "trial_timeout", "policy"})
        self.assertEqual(spec, resources.JobSpec(job_id="job"))

    def test_the_limit_on_the_cost(self) -> None:
        both = {"beta_knob", "disable_early_stop"}
        cases: list[tuple[dict[str, Any], float | None, bool]] = [
            ({"beta_knob": 3.0}, 3.0, False),
            ({"beta_knob": None}, None, False),
            ({"disable_early_stop": True}, None, True),
        ]
        for fields, beta_knob, disabled in cases:
            mask, spec = self.update(**fields)
            self.assertEqual(mask, both)
            self.assertEqual(
                spec.beta_knob if spec.HasField("beta_knob") else None, beta_knob
            )
            self.assertEqual(spec.disable_early_stop, disabled)
        self.assertEqual(
            self.update(disable_early_stop=False)[0], {"disable_early_stop"}
        )

    def test_wrong_fields(self) -> None:
        with self.assertRaisesRegex(TypeError, "no field 'beta_nob'"):
            self.update(beta_nob=3.0)
        for wrong in ({"max_power": "much"}, {"policy": "curves"}):
            with self.assertRaises(TypeError):
                self.update(**wrong)

    def test_a_trial_by_its_numbers(self) -> None:
        request = correction_calls.void_trial(("job", 16, 3), "bad data").request
        self.assertEqual(
            request,
            api.VoidTrialRequest(
                job_id="job", batch_size=16, trial_number=3, reason="bad data"
            ),
        )

    def test_if_exists(self) -> None:
        for if_exists, number in (("fail", 0), ("keep", 2), ("update", 3)):
            call = optimizer_calls.register_job(
                make_spec(), if_exists=if_exists  # type: ignore[arg-type]
            )
            self.assertEqual(call.request.if_exists, number)
        with self.assertRaisesRegex(ValueError, "'fail', 'keep', 'update'"):
            optimizer_calls.register_job(
                make_spec(), if_exists="replace"  # type: ignore[arg-type]
            )


class ConversionTest(unittest.TestCase):
    def test_events(self) -> None:
        job = resources.Job(num_corrections=2, is_learning_anew=True)
        event = api.JobEvent(job_uid=7, revision=3, job_updated=job)
        updated = convert_events.event_from_proto(event)
        assert isinstance(updated, events.JobUpdated)
        self.assertEqual((updated.job_uid, updated.revision), (7, 3))
        self.assertEqual(updated.job.num_corrections, 2)
        self.assertTrue(updated.job.is_learning_anew)

        trial = resources.Trial(job_uid=7, late=True)
        trial.voided.reason = "bad data"
        trial.voided.time.FromSeconds(3600)
        trial.heartbeat_interval.FromSeconds(30)
        event = api.JobEvent(job_uid=7, revision=4, trial_voided=trial)
        voided = convert_events.event_from_proto(event)
        assert isinstance(voided, events.TrialVoided)
        self.assertEqual((voided.trial.job_uid, voided.trial.late), (7, True))
        assert voided.trial.voided is not None
        self.assertEqual(voided.trial.voided.reason, "bad data")
        hour = datetime(1970, 1, 1, 1, tzinfo=timezone.utc)
        self.assertEqual(voided.trial.voided.time, hour)
        self.assertEqual(voided.trial.heartbeat_interval, timedelta(seconds=30))

    def test_an_event_of_a_newer_server(self) -> None:
        event = api.JobEvent(job_uid=7, revision=3)
        self.assertIsNone(convert_events.event_from_proto(event))


if __name__ == "__main__":
    unittest.main()
