"""Tests of Zeus' protocol: scripts, ranks, and how trainings end."""

import math
import signal
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import optimizer_trainer
from server_case import ServerCase, free_port, make_spec
from zeus_bso.client import Client
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.optimizer.batch_size import exceptions
from zeus_bso.types import EndReason, JobSpec, Trial, TrialFailure, TrialStatus

TRAINER = Path(__file__).parent / "optimizer_trainer.py"


def last_trial(client: Client, job_id: str) -> Trial:
    return list(client.list_trials(job_id))[-1]


class ScriptTest(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)

    def start(self, metric: float, how: str) -> "subprocess.Popen[str]":
        script = subprocess.Popen(
            [sys.executable, TRAINER, self.server.address, "zeus-1", str(metric), how],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(script.communicate)
        self.addCleanup(script.kill)
        return script

    def test_converges(self) -> None:
        script = self.start(0.2, "train")
        output, error = script.communicate(timeout=60)
        self.assertEqual((script.returncode, output), (0, "batch size 64\n"), error)
        job = self.client.get_job("zeus-1")
        assert job is not None
        self.assertEqual(job.spec.max_power, 600.0)
        self.assertEqual(job.spec.number_of_gpus, 2)
        self.assertEqual(job.spec.gpu_model, "Tesla V100")
        self.assertIsNone(job.spec.beta_knob)
        trial = last_trial(self.client, "zeus-1")
        self.assertEqual((trial.time_seconds, trial.energy_joules), (30.0, 6000.0))
        self.assertTrue(trial.converged)

    def test_does_not_converge(self) -> None:
        script = self.start(0.01, "train")
        error = script.communicate(timeout=60)[1]
        self.assertEqual(script.returncode, 1)
        self.assertIn("ZeusBSOTrainFailError: Batch size 64 did not reach", error)
        self.assertIs(last_trial(self.client, "zeus-1").converged, False)

    def test_diverges(self) -> None:
        script = self.start(math.nan, "train")
        error = script.communicate(timeout=60)[1]
        self.assertEqual(script.returncode, 1)
        self.assertIn("within 10 epochs (last NaN)", error)
        trial = last_trial(self.client, "zeus-1")
        self.assertIs(trial.end_reason, EndReason.MAX_EPOCHS_DONE)

    def test_a_script_that_breaks_off(self) -> None:
        for how, failure in (
            ("raise MemoryError", TrialFailure.INFEASIBLE),
            ("raise ValueError", TrialFailure.FAILED),
            ("raise KeyboardInterrupt", TrialFailure.CANCELLED),
            # The interpreter does not say that a script ends by sys.exit.
            ("sys.exit()", TrialFailure.NOT_CONVERGED),
            ("break", TrialFailure.NOT_CONVERGED),
        ):
            with self.subTest(how):
                self.start(0.01, how).communicate(timeout=60)
                trial = last_trial(self.client, "zeus-1")
                self.assertEqual(trial.failure, failure)
                self.client.delete_job("zeus-1")

    def test_sigterm(self) -> None:
        script = self.start(0.01, "wait")
        assert script.stdout is not None
        self.assertEqual(script.stdout.readline(), "batch size 64\n")
        self.assertEqual(script.stdout.readline(), "waiting\n")
        script.terminate()
        script.communicate(timeout=60)
        self.assertEqual(script.returncode, 128 + signal.SIGTERM)
        trial = last_trial(self.client, "zeus-1")
        self.assertEqual(trial.failure, TrialFailure.CANCELLED)


class OptimizerCase(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)
        self.monitor = FixedPowerMonitor(watts=100.0)

    def make(self, job: JobSpec, **options: Any) -> BatchSizeOptimizer:
        monitor = FixedPowerMonitor(watts=100.0)
        optimizer = BatchSizeOptimizer(monitor, self.server.address, job, **options)
        self.addCleanup(optimizer.close)
        return optimizer


class OptimizerTest(OptimizerCase):
    def test_counts_up_what_the_windows_took(self) -> None:
        with self.make(make_spec(max_epochs=3)) as optimizer:
            self.assertEqual(optimizer.get_batch_size(), 16)
            self.assertEqual(optimizer.get_batch_size(), 16)
            optimizer.on_train_begin()
            optimizer.on_evaluate(0.1)
            self.assertFalse(optimizer.training_finished)
            first = optimizer.running_time
            optimizer.on_evaluate(0.6)
            self.assertTrue(optimizer.training_finished)
            self.assertGreater(optimizer.running_time, first)
            optimizer.on_evaluate(0.7)
        (trial,) = self.client.list_trials("job")
        self.assertEqual(trial.time_seconds, optimizer.running_time)
        self.assertEqual(trial.energy_joules, optimizer.consumed_energy)
        self.assertEqual(optimizer.cur_epoch, 2)

    def test_the_with_statement_ends_the_trial(self) -> None:
        with self.assertRaises(MemoryError):
            with self.make(make_spec()) as optimizer:
                optimizer.get_batch_size()
                raise MemoryError
        trial = last_trial(self.client, "job")
        self.assertEqual(trial.failure, TrialFailure.INFEASIBLE)

    def test_a_client_of_the_callers_stays_open(self) -> None:
        with BatchSizeOptimizer(self.monitor, self.client, make_spec()) as optimizer:
            optimizer.get_batch_size()
        self.assertEqual(last_trial(self.client, "job").status, TrialStatus.FAILED)

    def test_addresses(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        self.start_server(listen=[address])
        for server in (address, f"http://{address}", f"http://{address}/"):
            with BatchSizeOptimizer(self.monitor, server, make_spec()) as optimizer:
                self.assertEqual(optimizer.job.job_id, "job")
        for server in ("", "ftp://host:1", "http://"):
            with self.assertRaisesRegex(exceptions.ZeusBSOConfigError, "no address"):
                BatchSizeOptimizer(self.monitor, server, make_spec())

    def test_a_server_that_refuses(self) -> None:
        with self.assertRaisesRegex(
            exceptions.ZeusBSORuntimError, "default_batch_size"
        ):
            self.make(make_spec(default_batch_size=7))

    def test_the_order_of_calls(self) -> None:
        optimizer = self.make(make_spec())
        with self.assertRaises(exceptions.ZeusBSOOperationOrderError):
            optimizer.on_evaluate(0.5)

    def test_hardware_that_nobody_states(self) -> None:
        job = JobSpec(job_id="job", batch_sizes=[8], default_batch_size=8)
        with self.assertRaisesRegex(
            exceptions.ZeusBSOConfigError, "max_power, number_of_gpus, gpu_model"
        ):
            self.make(job)
        with self.assertRaisesRegex(exceptions.ZeusBSOConfigError, "job is missing"):
            BatchSizeOptimizer(self.monitor, self.server.address)

    def test_hardware_of_a_zeus_monitor(self) -> None:
        class MixedGpus:
            """By the names that newer versions of Zeus use."""

            def get_name(self, index: int) -> str:
                return ["V100", "V100", "P100"][index]

            def get_power_management_limit_constraints(
                self, index: int
            ) -> tuple[int, int]:
                return 100_000, 250_000

        monitor: Any = optimizer_trainer.ZeusMonitor([0, 1])
        monitor.gpus = MixedGpus()
        job = JobSpec(job_id="job", batch_sizes=[8], default_batch_size=8, max_power=9)
        with BatchSizeOptimizer(monitor, self.client, job) as optimizer:
            self.assertEqual(optimizer.job.max_power, 9.0)  # The job's own.
            self.assertEqual(optimizer.job.number_of_gpus, 2)
            self.assertEqual(optimizer.job.gpu_model, "V100")
        monitor.gpu_indices = [1, 2]
        with self.assertRaisesRegex(
            exceptions.ZeusBSOConfigError, "not alike: P100, V100"
        ):
            BatchSizeOptimizer(monitor, self.client, job)


class RankTest(OptimizerCase):
    """Ranks as Zeus has them: the script hands on what rank 0 was told."""

    def test_other_ranks_never_register_or_start(self) -> None:
        other = self.make(make_spec(), rank=1)
        self.assertEqual(list(self.client.list_jobs()), [])
        with self.assertRaises(exceptions.ZeusBSOBadOperationError):
            other.get_batch_size()
        with self.assertRaisesRegex(exceptions.ZeusBSOConfigError, "job_id"):
            self.make(make_spec("", job_id_prefix="job"), rank=1)

    def test_each_reports_on_the_trial_of_rank_0(self) -> None:
        ranks = [self.make(make_spec(), rank=rank) for rank in (0, 1)]
        ranks[0].get_batch_size()
        ranks[1].current_batch_size = ranks[0].current_batch_size
        ranks[1].trial_number = ranks[0].trial_number
        for each in ranks:
            each.on_train_begin()
        for metric in (0.1, 0.9):
            for each in ranks:
                each.on_evaluate(metric)
        self.assertTrue(all(each.training_finished for each in ranks))
        (trial,) = self.client.list_trials("job")
        self.assertEqual(trial.time_seconds, ranks[0].running_time)

    def test_a_trial_that_is_not_there(self) -> None:
        self.make(make_spec())
        other = self.make(make_spec(), rank=1)
        other.current_batch_size = 16
        other.on_train_begin()
        with self.assertRaisesRegex(
            exceptions.ZeusBSOOperationOrderError, "trial_number over from rank 0"
        ):
            other.on_evaluate(0.5)


if __name__ == "__main__":
    unittest.main()
