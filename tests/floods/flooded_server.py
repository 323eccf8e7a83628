"""A server under a flood, and another client of it."""

import http.client
import math
import multiprocessing
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Callable

import grpc
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as stubs

import floods
import http_floods
from floods import Target

Flood = Callable[[Target, float], int]

# What is tried, over how many connections at a time.
GRPC_FLOODS: dict[Flood, int] = {
    floods.unknown_methods: 4,
    floods.resets: 8,
    floods.continuations: 8,
    floods.zeros: 8,
    floods.settings: 8,
    floods.pings: 8,
    floods.small_frames: 8,
    floods.header_references: 8,
    floods.silent_connections: 8,
    floods.slow_messages: 8,
}
HTTP_FLOODS: dict[Flood, int] = {
    http_floods.large_bodies: 8,
    http_floods.nested_bodies: 8,
    http_floods.silent_connections: 4,
    http_floods.unfinished_bodies: 1,
    http_floods.unread_lists: 1,
    http_floods.many_requests: 8,
}

HEALTH_FLOODS: dict[Flood, int] = {floods.health_resets: 8}

# A store with so many jobs has a list of a page.
NUM_JOBS = 1000


@dataclass(frozen=True)
class Outcome:
    """What a flood did.

    Attributes:
        sent: How much of it went out.
        latencies: Of the other client's calls, in seconds, ascending.
        failures: How many of them failed.
        slowest_probe: How long the slowest probe of the health address took, in
            seconds; infinite if one failed.
        peak: The most memory that the server took, in bytes.
        after: What it took some time after the flood.
        cpu: The processor time that the server took meanwhile, in seconds.
        log: What it logged.
    """

    sent: int
    latencies: list[float]
    failures: int
    slowest_probe: float
    peak: int
    after: int
    cpu: float
    log: str


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _run(
    flood: Flood,
    target: Target,
    seconds: float,
    start: threading.Barrier,
    counts: "multiprocessing.Queue[int]",
) -> None:
    start.wait()
    counts.put(flood(target, time.monotonic() + seconds))


class FloodedServer:
    """A server that lives as long as the `with` block."""

    def __init__(self, binary: str, *flags: str) -> None:
        """Starts nothing yet."""
        self._binary = binary
        self._flags = flags
        self._directory = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None
        self.grpc_port = _free_port()
        self.http_port = _free_port()
        self.health_port = _free_port()

    def __enter__(self) -> "FloodedServer":
        with open(f"{self._directory.name}/log", "wb") as log:
            self._process = subprocess.Popen(
                [
                    self._binary,
                    f"--storage=rocksdb:{self._directory.name}/data",
                    f"--listen=127.0.0.1:{self.grpc_port}",
                    f"--http_listen=127.0.0.1:{self.http_port}",
                    f"--health_listen=127.0.0.1:{self.health_port}",
                    "--max_running_trials=0",
                    "--log_level=warning",
                    *self._flags,
                ],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.grpc_port}")
        grpc.channel_ready_future(self._channel).result(timeout=30)
        self._optimizer = stubs.BatchSizeOptimizerStub(self._channel)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._channel.close()
        self.process.kill()
        self.process.wait()
        self._directory.cleanup()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process."""
        assert self._process is not None
        return self._process

    def register(self, num_jobs: int = NUM_JOBS) -> None:
        """Registers jobs, of which the other client trains the first."""
        for number in range(num_jobs):
            spec = api.RegisterJobRequest().spec
            spec.job_id = f"job-{number}"
            spec.batch_sizes.extend([16, 32, 64])
            spec.default_batch_size = 32
            spec.max_power = 300
            spec.number_of_gpus = 1
            spec.gpu_model = "V100"
            self._optimizer.RegisterJob(api.RegisterJobRequest(spec=spec))

    def log(self) -> str:
        """All that it has logged."""
        with open(f"{self._directory.name}/log", encoding="utf-8") as log:
            return log.read()

    def memory(self) -> int:
        """The resident bytes of the process."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu(self) -> float:
        """The processor time that the process has taken, in seconds."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def start_trial(self) -> float:
        """Another client's call; how long it took, in seconds.

        Raises:
            grpc.RpcError: It failed.
        """
        begin = time.monotonic()
        self._optimizer.StartTrial(api.StartTrialRequest(job_id="job-0"), timeout=20)
        return time.monotonic() - begin

    def probe(self) -> float:
        """How long it took to ask for /readyz on a new connection, in seconds.

        Infinite: it failed.
        """
        begin = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.health_port, 5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status != 200:
                return math.inf
        except OSError:
            return math.inf
        finally:
            connection.close()
        return time.monotonic() - begin

    def list_jobs(self, page_token: str) -> None:
        """Another call of the other client.

        Raises:
            grpc.RpcError: It failed.
        """
        self._optimizer.ListJobs(api.ListJobsRequest(page_token=page_token), timeout=20)

    def endure(
        self, flood: Flood, connections: int, seconds: float, rest: float = 0
    ) -> Outcome:
        """Is flooded, while another client calls and probes twenty times a second.

        Args:
            flood: What is sent.
            connections: Over how many connections at a time.
            seconds: For how long.
            rest: How long after it the memory is looked at again, in seconds.
        """
        port = self.grpc_port
        if flood in HTTP_FLOODS:
            port = self.http_port
        elif flood in HEALTH_FLOODS:
            port = self.health_port
        # Threads of gRPC do not survive a fork.
        context = multiprocessing.get_context("spawn")
        counts = context.Queue()
        start = context.Barrier(connections + 1)
        attackers = [
            context.Process(
                target=_run,
                args=(flood, Target(port), seconds, start, counts),
            )
            for _ in range(connections)
        ]
        for attacker in attackers:
            attacker.start()
        start.wait()
        until = time.monotonic() + seconds
        cpu = self.cpu()
        latencies, failures, probes, peak = [], 0, [0.0], 0
        while time.monotonic() < until:
            try:
                latencies.append(self.start_trial())
            except grpc.RpcError:
                failures += 1
            probes.append(self.probe())
            peak = max(peak, self.memory())
            time.sleep(0.05)
        cpu = self.cpu() - cpu
        sent = sum(counts.get() for _ in attackers)
        for attacker in attackers:
            attacker.join()
        time.sleep(rest)
        return Outcome(
            sent,
            sorted(latencies),
            failures,
            max(probes),
            peak,
            self.memory(),
            cpu,
            self.log(),
        )

    def stop(self) -> float:
        """Stops the server as its supervisor does; how long that took, in seconds."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return time.monotonic() - begin
