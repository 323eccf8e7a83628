"""Tests of JobSpec."""

import unittest

from server_case import ServerCase, make_spec


class CostTest(ServerCase):
    def test_it_weighs_energy_and_time(self) -> None:
        spec = make_spec(eta_knob=0.25, max_power=200.0)
        self.assertEqual(spec.cost(energy_joules=400.0, time_seconds=3.0), 550.0)

    def test_it_is_the_servers(self) -> None:
        client = self.new_client()
        spec = make_spec(eta_knob=0.3, max_power=150.0)
        client.register_job(spec)
        with client.trial("job") as trial:
            trial.report(0.9, epoch=1, time_seconds=7.0, energy_joules=900.0)
        job = client.get_job("job")
        assert job is not None and job.min_cost is not None
        self.assertAlmostEqual(job.min_cost, job.spec.cost(900.0, 7.0))

    def test_it_needs_max_power(self) -> None:
        with self.assertRaisesRegex(ValueError, "max_power"):
            make_spec(max_power=0.0).cost(1.0, 1.0)


if __name__ == "__main__":
    unittest.main()
