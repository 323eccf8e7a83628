"""Tests of the broadcast from rank 0, over the real torch.distributed."""

import multiprocessing
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any, Callable

import torch.distributed
from torch.utils.data import TensorDataset

from server_case import ServerCase, make_spec
from zeus_bso.client import Client
from zeus_bso.distributed import torch_broadcast
from zeus_bso.integrations.pytorch import TrainingLoop
from zeus_bso.monitor import FixedPowerMonitor, Measurement
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


def make_optimizer(
    rank: int, address: str, job: JobSpec, **options: Any
) -> BatchSizeOptimizer:
    # The other ranks need no server.
    return BatchSizeOptimizer(
        FixedPowerMonitor(watts=100),
        address if rank == 0 else "unix:/nowhere",
        job,
        rank,
        broadcast=torch_broadcast(),
        **options,
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


def fail_to_register(rank: int, address: str) -> str:
    try:
        make_optimizer(rank, address, make_spec(default_batch_size=7))
    except exceptions.ZeusBSORuntimError as error:
        return str(error)
    return "registered"


def lack_hardware(rank: int, address: str) -> str:
    try:
        make_optimizer(rank, address, make_spec(gpu_model=""))
    except exceptions.ZeusBSOError as error:
        return str(error)
    return "registered"


class FailingMonitor(FixedPowerMonitor):
    """Fails at the begin or at the end of the second window of rank 0."""

    def __init__(self, rank: int, method: str) -> None:
        super().__init__(watts=100)
        self._rank = rank
        self._method = method
        self._calls = 0

    def begin_window(self, key: str) -> None:
        self._count("begin")
        super().begin_window(key)

    def end_window(self, key: str) -> Measurement:
        self._count("end")
        return super().end_window(key)

    def _count(self, method: str) -> None:
        assert self._rank == 0, "others measure nothing"
        self._calls += method == self._method
        if self._calls == 2:
            raise OSError(f"no {method}")


def measure(rank: int, address: str, method: str) -> str:
    """What the second on_evaluate, or on_train_begin, raises."""
    optimizer = BatchSizeOptimizer(
        FailingMonitor(rank, method),
        address if rank == 0 else "unix:/nowhere",
        make_spec(),
        rank,
        broadcast=torch_broadcast(),
    )
    with optimizer:
        optimizer.get_batch_size()
        try:
            optimizer.on_train_begin()
            for _ in range(3):
                optimizer.on_evaluate(0.1)
        except (OSError, exceptions.ZeusBSORuntimError) as error:
            return f"{optimizer.cur_epoch} {error}"
    return "measured"


def fail_to_begin(rank: int, address: str) -> str:
    return measure(rank, address, "begin")


def fail_to_end(rank: int, address: str) -> str:
    return measure(rank, address, "end")


def send_heartbeats(rank: int, address: str) -> str:
    """How many threads of this rank send heartbeats, and what it resumes."""
    with make_optimizer(rank, address, make_spec(), client_id="node-7") as optimizer:
        optimizer.get_batch_size()
        hearts = [t.name for t in threading.enumerate() if "heartbeat" in t.name]
        return f"{len(hearts)} {optimizer.resumed_from}"


def count_up(rank: int, address: str) -> str:
    with make_optimizer(rank, address, make_spec()) as optimizer:
        optimizer.get_batch_size()
        optimizer.on_train_begin()
        optimizer.on_evaluate(0.1)
        optimizer.on_evaluate(0.9)
        return f"{optimizer.job} {optimizer.running_time} {optimizer.consumed_energy}"


class DistributedTest(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()

    def run_ranks(self, work: Callable[[int, str], str]) -> list[str]:
        """What work(rank, address) answers in each of two processes."""
        path = self.enterContext(tempfile.TemporaryDirectory())
        context = multiprocessing.get_context("spawn")
        arguments = (work, self.server.address, path)
        ranks = [
            context.Process(target=run_rank, args=(rank, *arguments))
            for rank in range(_RANKS)
        ]
        for rank in ranks:
            rank.start()
        self.addCleanup(self.kill, ranks)
        for rank in ranks:
            rank.join(120)
            self.assertEqual(rank.exitcode, 0)
        return [Path(path, str(rank)).read_text() for rank in range(_RANKS)]

    def kill(self, ranks: list[Any]) -> None:
        for rank in ranks:
            rank.kill()
            rank.join()

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

    def test_every_rank_fails_when_rank_0_cannot_register(self) -> None:
        first, second = self.run_ranks(fail_to_register)
        self.assertIn("INVALID_FIELD", first)
        self.assertRegex(second, "rank 0: ZeusBSORuntimError: INVALID_FIELD")
        first, second = self.run_ranks(lack_hardware)
        self.assertIn("gpu_model", first)
        self.assertRegex(second, "rank 0: ZeusBSOConfigError: .*gpu_model")

    def test_every_rank_fails_when_rank_0_cannot_measure(self) -> None:
        answers = self.run_ranks(fail_to_end)
        self.assertEqual(answers, ["2 no end", "2 rank 0: OSError: no end"])
        answers = self.run_ranks(fail_to_begin)
        self.assertEqual(answers, ["1 no begin", "1 rank 0: OSError: no begin"])

    def test_every_rank_knows_the_job_and_the_sums(self) -> None:
        first, second = self.run_ranks(count_up)
        self.assertEqual(first, second)

    def test_only_rank_0_sends_heartbeats(self) -> None:
        answers = self.run_ranks(send_heartbeats)
        self.assertEqual(answers, ["1 None", "0 None"])

    def test_every_rank_knows_what_it_resumes(self) -> None:
        client = self.connect(self.server.address)
        client.register_job(make_spec())
        trial = client.start_trial("job", client_id="node-7")
        client.report_result(
            trial, metric=0.1, epoch=3, time_seconds=30, energy_joules=300
        )
        first, second = self.run_ranks(send_heartbeats)
        self.assertIn("epochs=3, time_seconds=30.0, energy_joules=300.0", first)
        self.assertEqual(first.split(" ", 1)[1], second.split(" ", 1)[1])

    def test_torch_distributed_must_be_initialized(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "init_process_group"):
            torch_broadcast()


if __name__ == "__main__":
    unittest.main()
