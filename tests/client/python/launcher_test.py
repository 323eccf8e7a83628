"""Tests of launchers that run several processes, and of what an optimizer logs."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from server_case import ServerCase, make_spec
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer, exceptions

# Of two processes with the backend gloo.
TRAINER = """
import os, sys
import torch.distributed
from zeus_bso import BatchSizeOptimizer, JobSpec, Policy
from zeus_bso.monitor import FixedPowerMonitor

torch.distributed.init_process_group("gloo")
job = JobSpec(job_id="job", batch_sizes=[8, 16, 32], default_batch_size=16, max_power=100,
              number_of_gpus=1, gpu_model="none", policy=Policy.ZEUS)
with BatchSizeOptimizer(FixedPowerMonitor(100.0), sys.argv[1], job,
                        rank=int(os.environ["RANK"]), broadcast="torch") as optimizer:
    assert optimizer.get_batch_size() == 16
    optimizer.on_train_begin()
    optimizer.on_evaluate(0.9)
    assert optimizer.training_finished and optimizer.converged
"""


class LauncherTest(ServerCase):
    def setUp(self) -> None:
        self.monitor = FixedPowerMonitor(watts=100.0)
        self.server = self.start_server()

    def make(self, **options: Any) -> BatchSizeOptimizer:
        optimizer = BatchSizeOptimizer(
            self.monitor, self.server.address, make_spec(), **options
        )
        self.addCleanup(optimizer.close)
        return optimizer

    def test_several_processes_without_ranks(self) -> None:
        for size, rank in (
            ("WORLD_SIZE", "RANK"),
            ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
            ("PMI_SIZE", "PMI_RANK"),
            ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
        ):
            with mock.patch.dict(os.environ, {size: "2", rank: "1"}):
                with self.assertRaises(exceptions.ZeusBSOConfigError) as caught:
                    self.make()
                said = str(caught.exception)
                self.assertIn(f'rank=int(os.environ["{rank}"])', said)
                self.assertIn('broadcast="torch"', said)
                with self.assertRaises(exceptions.ZeusBSOConfigError):
                    self.make(broadcast=lambda value: value)
                self.assertEqual(self.make(rank=0).rank, 0)  # As Zeus' scripts do.
        for value in ("1", "", "many"):
            with mock.patch.dict(os.environ, {"WORLD_SIZE": value}):
                self.assertEqual(self.make().rank, 0)

    def test_two_processes_of_torch(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "trainer.py"
            script.write_text(TRAINER)
            done = subprocess.run(
                [sys.executable, "-m", "torch.distributed.run", "--standalone"]
                # With Python 3.11 that of Debian fails for 0, the default, and 3.
                + ["--redirects=1", "--tee=1", "--nproc_per_node=2"]
                + [str(script), self.server.address],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        (trial,) = self.connect(self.server.address).list_trials("job")
        self.assertTrue(trial.converged)


class LogTest(ServerCase):
    def test_what_it_logs(self) -> None:
        monitor = FixedPowerMonitor(watts=100.0)
        spec = make_spec("", job_id_prefix="nightly")
        address = self.start_server().address
        with self.assertLogs("zeus_bso", "INFO") as logs:
            with BatchSizeOptimizer(monitor, address, spec) as optimizer:
                optimizer.get_batch_size()
                optimizer.on_train_begin()
                optimizer.on_evaluate(0.9)
        job_id = optimizer.job.job_id
        self.assertEqual(
            [record.levelname for record in logs.records], ["WARNING", "INFO", "INFO"]
        )
        first, second, third = (record.getMessage() for record in logs.records)
        self.assertEqual(first, f"pass job_id='{job_id}' to continue this job")
        self.assertEqual(second, f"job {job_id}: trial 1 trains with batch size 16")
        self.assertRegex(third, f"job {job_id}: training ends: .*0.9")


if __name__ == "__main__":
    unittest.main()
