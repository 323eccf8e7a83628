"""Tests of the broadcast from rank 0, over the real torch.distributed."""

import multiprocessing
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable

import torch.distributed
from torch.utils.data import TensorDataset

from server_case import ServerCase, make_spec
from zeus_bso.client import Client
from zeus_bso.distributed import torch_broadcast
from zeus_bso.integrations.pytorch import TrainingLoop
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.optimizer.batch_size import exceptions
from zeus_bso.types import JobSpec

_RANKS = 2


def run_rank(
    rank: int, work: Callable[[int, str], str], address: str, path: str
) -> None:
    """One process of a distributed training; writes what work answers to a file."""
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{path}/store", rank=rank, world_size=_RANKS
    )
    Path(path, str(rank)).write_text(work(rank, address))
    barrier: Callable[[], object] = torch.distributed.barrier
    barrier()


def make_optimizer(rank: int, address: str, job: JobSpec) -> BatchSizeOptimizer:
    # The other ranks need no server.
    return BatchSizeOptimizer(
        FixedPowerMonitor(watts=100),
        address if rank == 0 else "unix:/nowhere",
        job,
        rank,
        broadcast=torch_broadcast(),
    )


def train(rank: int, address: str) -> str:
    """The size, this rank's part of a batch, and after how many epochs it stopped."""
    with make_optimizer(rank, address, make_spec("", job_id_prefix="job")) as optimizer:
        loop = TrainingLoop(optimizer)
        batches = loop.data_loader(TensorDataset(torch.arange(100)))
        seen: list[set[Any]] = []
        for epoch in loop.epochs():
            (first,) = next(iter(batches))
            seen.append(set(first.tolist()))
            loop.evaluate(0.2 * epoch if rank == 0 else 0.0)
        shuffled = len(set(map(frozenset, seen))) > 1
        return f"{loop.batch_size} {len(seen[0])} {epoch} {loop.converged} {shuffled}"


def be_refused(rank: int, address: str) -> str:
    optimizer = make_optimizer(rank, address, make_spec("gone"))
    if rank == 0:
        with Client(address) as client:
            client.delete_job("gone")
    try:
        optimizer.get_batch_size()
    except exceptions.ZeusBSORuntimError as error:
        return str(error)
    return "a size"


class DistributedTest(ServerCase):
    def run_ranks(self, work: Callable[[int, str], str]) -> list[str]:
        """What work(rank, address) answers in each of two processes."""
        self.server = self.start_server()
        path = self.enterContext(tempfile.TemporaryDirectory())
        context = multiprocessing.get_context("spawn")
        arguments = (work, self.server.address, path)
        ranks = [
            context.Process(target=run_rank, args=(rank, *arguments))
            for rank in range(_RANKS)
        ]
        for rank in ranks:
            rank.start()
        for rank in ranks:
            rank.join()
        return [Path(path, str(rank)).read_text() for rank in range(_RANKS)]

    def test_every_rank_does_what_rank_0_is_told(self) -> None:
        answers = self.run_ranks(train)
        self.assertEqual(answers, ["16 8 3 True True"] * _RANKS)
        client = self.connect(self.server.address)
        (job,) = client.list_jobs()
        self.assertEqual(len(list(client.list_trials(job.spec.job_id))), 1)

    def test_every_rank_fails_when_rank_0_does(self) -> None:
        first, second = self.run_ranks(be_refused)
        self.assertIn("JOB_NOT_FOUND", first)
        self.assertRegex(second, "rank 0: ZeusBSORuntimError: JOB_NOT_FOUND")

    def test_torch_distributed_must_be_initialized(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "init_process_group"):
            torch_broadcast()


if __name__ == "__main__":
    unittest.main()
