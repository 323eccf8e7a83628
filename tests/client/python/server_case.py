"""What the tests of the client share: a server of their own, and an example of a job."""

import os
import socket
import threading
import time
import unittest
from concurrent.futures import Future
from typing import Any, Callable, TypeVar

from zeus_bso.async_client import AsyncClient
from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer
from zeus_bso.types import Job, JobSpec, Policy

_T = TypeVar("_T")

SERVER_BINARY = os.environ.get("ZEUS_BSO_SERVER_BINARY", "")


def make_spec(job_id: str = "job", **changes: Any) -> JobSpec:
    """A job of Zeus' policy whose trials converge at a metric of 0.5."""
    values: dict[str, Any] = {
        "job_id": job_id,
        "batch_sizes": [8, 16, 32],
        "default_batch_size": 16,
        "max_power": 100.0,
        "number_of_gpus": 1,
        "gpu_model": "none",
        "policy": Policy.ZEUS,
    }
    return JobSpec(**{**values, **changes})


def await_summary(client: Client, job_id: str = "job") -> Job:
    """The job, once its summary covers the trial that ended last."""
    end = time.monotonic() + 60
    while True:
        job = client.get_job(job_id)
        assert job is not None and job.latest_results is not None
        last = job.latest_results.last_trial_number
        if job.summary is not None and job.summary.last_trial_number == last:
            return job
        if time.monotonic() > end:
            raise AssertionError(f"trial {last} is not in {job.summary}")
        time.sleep(0.02)


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@unittest.skipUnless(SERVER_BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class ServerCase(unittest.TestCase):
    """Starts servers and clients that end with the test."""

    def start_server(self, **options: Any) -> LocalServer:
        """A server with these options of LocalServer."""
        return self.enterContext(LocalServer(SERVER_BINARY, **options))

    def connect(self, target: str, **options: Any) -> Client:
        """A client with these options of Client."""
        return self.enterContext(Client(target, **options))

    def after(self, seconds: float, body: Callable[[], _T]) -> "Future[_T]":
        """Runs body so much later, in another thread."""
        future: "Future[_T]" = Future()

        def run() -> None:
            try:
                future.set_result(body())
            except BaseException as error:
                future.set_exception(error)

        timer = threading.Timer(seconds, run)
        timer.start()
        self.addCleanup(timer.join)
        return future

    def new_client(self, *flags: str) -> Client:
        """A client of a server of its own with these flags."""
        return self.connect(self.start_server(flags=flags).address)


class AsyncServerCase(ServerCase, unittest.IsolatedAsyncioTestCase):
    """The same, for tests that are coroutines."""

    async def connect_async(self, target: str, **options: Any) -> AsyncClient:
        """A client with these options of AsyncClient."""
        return await self.enterAsyncContext(AsyncClient(target, **options))
