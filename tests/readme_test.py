"""Runs the training loop that README.md shows against a real server."""

import os
import re
import time
import unittest
from pathlib import Path

import grpc
from zeus_bso.energy import best_meter
from zeus_bso.local_server import LocalServer
from zeus_bso.v1.batch_size_optimizer_pb2 import (
    ListTrialsRequest,
    RegisterJobRequest,
    ReportResultRequest,
    StartTrialRequest,
)
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub
from zeus_bso.v1.resources_pb2 import TRIAL_STATUS_SUCCEEDED, JobSpec

README = Path(__file__).parent.parent / "README.md"
SHOWN_ADDRESS = "127.0.0.1:50051"


def training_loop(address: str) -> str:
    """The Python block of README.md, for a server at this address."""
    blocks: list[str] = re.findall(
        r"```python\n(.*?)```", README.read_text(), re.DOTALL
    )
    assert len(blocks) == 1 and SHOWN_ADDRESS in blocks[0]
    return blocks[0].replace(SHOWN_ADDRESS, address)


class ReadmeTest(unittest.TestCase):
    """What README.md promises of its training loop."""

    def test_training_loop(self) -> None:
        """It is short, ends when the metric is reached, and leaves a result."""
        metrics = iter([0.5, 0.9, 0.96])
        names = {
            "grpc": grpc,
            "time": time,
            "best_meter": best_meter,
            "BatchSizeOptimizerStub": BatchSizeOptimizerStub,
            "JobSpec": JobSpec,
            "RegisterJobRequest": RegisterJobRequest,
            "StartTrialRequest": StartTrialRequest,
            "ReportResultRequest": ReportResultRequest,
            "train_one_epoch": lambda batch_size: next(metrics),
        }
        with LocalServer(os.environ["ZEUS_BSO_SERVER_BINARY"]) as server:
            code = training_loop(server.address)
            self.assertLess(len(code.splitlines()), 20)
            exec(code, names)
            with grpc.insecure_channel(server.address) as channel:
                request = ListTrialsRequest(job_id="digits")
                trials = BatchSizeOptimizerStub(channel).ListTrials(request).trials
        self.assertEqual([t.status for t in trials], [TRIAL_STATUS_SUCCEEDED])
        self.assertTrue(trials[0].converged)
        self.assertEqual(trials[0].batch_size, 128)


if __name__ == "__main__":
    unittest.main()
