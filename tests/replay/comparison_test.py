"""Tests that the comparison of states and statuses notices every difference."""

import copy
import math
import unittest
from typing import Any

import grpc
from zeus_bso.v1 import resources_pb2 as resources

import comparison

STATE: dict[str, Any] = {
    "stage": "MAB",
    "min_cost": 1678950.5267652671,
    "min_cost_batch_size": 32,
    "exp_default_batch_size": 24,
    "rng": {
        "state": "207833532711051698738587646355624148094",
        "inc": "194290289479364712180083596243593368443",
        "has_uint32": 1,
        "uinteger": 2126502300,
    },
    "arms": [[16, -16620.148311627137, "inf", "inf", 1], [32, -1010.5, 0.25, 1.0, 3]],
    "trial": {
        "trial_number": 7,
        "batch_size": 32,
        "type": "MAB",
        "status": "Succeeded",
        "time": 7790.947857142857,
        "energy": 0.0,
        "converged": False,
    },
}


def answered_state() -> Any:
    """What STATE looks like when it comes from the API."""
    job = resources.Job(
        stage=resources.STAGE_MAB,
        min_cost=1678950.5267652671,
        min_cost_batch_size=32,
        exp_default_batch_size=24,
    )
    for name, number in (
        ("state", 207833532711051698738587646355624148094),
        ("inc", 194290289479364712180083596243593368443),
    ):
        setattr(job.generator_state, f"{name}_high", number >> 64)
        setattr(job.generator_state, f"{name}_low", number & (2**64 - 1))
    job.generator_state.has_uint32 = True
    job.generator_state.uinteger = 2126502300
    arms = [
        resources.GaussianTsArm(
            batch_size=16,
            param_mean=-16620.148311627137,
            param_precision=math.inf,
            reward_precision=math.inf,
            num_observations=1,
        ),
        resources.GaussianTsArm(
            batch_size=32,
            param_mean=-1010.5,
            param_precision=0.25,
            reward_precision=1.0,
            num_observations=3,
        ),
    ]
    trial = resources.Trial(
        trial_number=7,
        batch_size=32,
        type=resources.TRIAL_TYPE_MAB,
        status=resources.TRIAL_STATUS_SUCCEEDED,
        time_seconds=7790.947857142857,
        energy_joules=0.0,
        converged=False,
    )
    return {
        **comparison.job_state(job, arms),
        "trial": comparison.trial_state(trial),
    }


class ComparisonTest(unittest.TestCase):
    def difference(self, *path: str | int, value: object) -> str | None:
        """What the comparison says once one recorded value is another."""
        expected = copy.deepcopy(STATE)
        *parents, key = path
        part: Any = expected
        for parent in parents:
            part = part[parent]
        part[key] = value
        return comparison.first_difference("state", expected, answered_state())

    def assert_difference(self, said: str | None, beginning: str) -> None:
        self.assertIsNotNone(said)
        self.assertTrue(str(said).startswith(beginning), said)

    def test_equal_states(self) -> None:
        self.assertIsNone(comparison.first_difference("state", STATE, answered_state()))

    def test_doubles(self) -> None:
        cost = STATE["min_cost"]
        self.assertIsNone(self.difference("min_cost", value=cost * (1 + 5e-13)))
        self.assert_difference(
            self.difference("min_cost", value=cost * (1 + 1e-9)),
            "state.min_cost: expected 1678950.528",
        )
        for value in (None, "inf", True, "1678950.5267652671"):
            with self.subTest(value=value):
                self.assertIsNotNone(self.difference("min_cost", value=value))

    def test_infinity(self) -> None:
        self.assertEqual(
            self.difference("arms", 0, 2, value=1e308),
            "state.arms[0][2]: expected 1e+308, got inf",
        )
        self.assertEqual(
            self.difference("arms", 1, 2, value="inf"),
            "state.arms[1][2]: expected 'inf', got 0.25",
        )

    def test_integers_and_enums_and_booleans(self) -> None:
        for key, value in (
            ("min_cost_batch_size", 33),
            ("exp_default_batch_size", 24.0),
            ("stage", "Pruning"),
        ):
            with self.subTest(key):
                self.assert_difference(
                    self.difference(key, value=value), f"state.{key}: "
                )
        self.assert_difference(
            self.difference("arms", 1, 4, value=4), "state.arms[1][4]: "
        )

    def test_trial(self) -> None:
        for key, value in (
            ("trial_number", 8),
            ("status", "Failed"),
            ("type", "Concurrent"),
            ("converged", 0),
            ("energy", None),
        ):
            with self.subTest(key):
                self.assert_difference(
                    self.difference("trial", key, value=value), f"state.trial.{key}: "
                )

    def test_generator(self) -> None:
        for word, value in (
            ("state", "207833532711051698738587646355624148095"),
            ("inc", str(194290289479364712180083596243593368443 ^ 1 << 127)),
            ("has_uint32", 0),
            ("uinteger", 2126502301),
        ):
            with self.subTest(word):
                self.assert_difference(
                    self.difference("rng", word, value=value), f"state.rng.{word}: "
                )
        self.assert_difference(
            self.difference("rng", value=None), "state.rng: expected None"
        )

    def test_missing_parts(self) -> None:
        self.assert_difference(
            self.difference("arms", value=STATE["arms"][:1]),
            "state.arms: expected 1 elements",
        )
        self.assertEqual(
            self.difference("mood", value="fine"),
            "state.mood: expected 'fine', got nothing",
        )
        self.assert_difference(
            comparison.first_difference("state", {}, answered_state()),
            "state.stage: expected nothing",
        )
        self.assert_difference(
            comparison.first_difference("state", None, answered_state()),
            "state: expected None",
        )

    def test_status_classes(self) -> None:
        code = grpc.StatusCode
        for status, good, bad in (
            (200, code.OK, code.NOT_FOUND),
            (201, code.OK, code.ALREADY_EXISTS),
            (400, code.FAILED_PRECONDITION, code.OK),
            (404, code.NOT_FOUND, code.INVALID_ARGUMENT),
            (409, code.ALREADY_EXISTS, code.ABORTED),
            (422, code.INVALID_ARGUMENT, code.INTERNAL),
        ):
            with self.subTest(status):
                self.assertIsNone(comparison.status_difference(status, good, ""))
                self.assertIn(
                    f"got {bad.name} (why)",
                    comparison.status_difference(status, bad, "why") or "",
                )


if __name__ == "__main__":
    unittest.main()
