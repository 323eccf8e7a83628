"""GET /metrics of a server that has served some calls."""

import hashlib
import re
import subprocess
import time
import unittest

import grpc
from http_server import BINARY, HttpServer, spec
from promtool import PROMTOOL
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as rpc

LISTEN = "--http_listen=127.0.0.1:0"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Labels whose values are all in the server's sources.
LABELS = {
    "build_type",
    "code",
    "compiler",
    "grpc_code",
    "grpc_method",
    "grpc_service",
    "grpc_type",
    "kind",
    "le",
    "method",
    "policy",
    "reason",
    "result",
    "service",
    "type",
    "version",
}


def grant(roles: str, token: str) -> str:
    """A line of a roles file."""
    return f"{roles} token {hashlib.sha256(token.encode()).hexdigest()}\n"


def train(server: HttpServer, job_id: str, joules: int = 100) -> None:
    """A training that converges, over Zeus' protocol."""
    trial = server.ask("GET", f"/jobs/batch_size?job_id={job_id}").json()
    report = {**trial, "time": joules / 10, "energy": joules}
    report.update(metric=0.6, current_epoch=1)
    assert server.ask("POST", "/report", report).json()["converged"]


def value(page: str, series: str) -> float:
    """The value of a series, which is named as in the page."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", page, re.MULTILINE)
    assert found is not None, f"no {series} in\n{page}"
    return float(found[1])


def metrics(server: HttpServer) -> str:
    """The page."""
    return server.ask("GET", "/metrics").body.decode()


def await_value(server: HttpServer, series: str, expected: float) -> None:
    """Waits until a series has a value."""
    deadline = time.monotonic() + 20
    while f"\n{series} {expected:g}\n" not in metrics(server):
        assert time.monotonic() < deadline, metrics(server)
        time.sleep(0.05)


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class MetricsTest(unittest.TestCase):
    def test_the_page_is_valid(self) -> None:
        with HttpServer(LISTEN) as server:
            self.assertEqual(server.ask("POST", "/jobs", spec()).status, 201)
            train(server, "job")
            answer = server.ask("GET", "/metrics")
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["content-type"], CONTENT_TYPE)
            self.assertEqual(server.ask("HEAD", "/metrics").body, b"")
            self.assertEqual(server.ask("POST", "/metrics").status, 405)
        if not PROMTOOL.exists():
            self.skipTest(f"no {PROMTOOL}")
        check = subprocess.run(
            [PROMTOOL, "check", "metrics"],
            input=answer.body,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.assertEqual((check.returncode, check.stdout), (0, b""))

    def test_calls_are_counted_by_code(self) -> None:
        with HttpServer(LISTEN) as server:
            server.call("StartTrial", {"jobId": "unknown"})
            server.call("ListJobs", {})
            server.call("ListJobs", {})
            page = metrics(server)
            labels = 'type="unary",service="zeus.bso.v1.BatchSizeOptimizer",method="{}"'
            start, listing = labels.format("StartTrial"), labels.format("ListJobs")
            for series, count in (
                (f"http_server_started_total{{{start}}}", 1),
                (f'http_server_handled_total{{{start},code="NotFound"}}', 1),
                (f'http_server_handled_total{{{start},code="OK"}}', 0),
                (f'http_server_handled_total{{{listing},code="OK"}}', 2),
                (f"http_server_handling_seconds_count{{{listing}}}", 2),
                ('http_server_requests_total{kind="connect",code="2xx"}', 2),
                ('http_server_requests_total{kind="connect",code="4xx"}', 1),
            ):
                self.assertEqual(value(page, series), count, series)

    def test_calls_and_streams_over_grpc_are_counted(self) -> None:
        with HttpServer(LISTEN) as server:
            server.ask("POST", "/jobs", spec())
            with grpc.insecure_channel(f"unix:{server.path}/grpc.sock") as channel:
                optimizer = rpc.BatchSizeOptimizerStub(channel)
                with self.assertRaises(grpc.RpcError):
                    optimizer.StartTrial(api.StartTrialRequest(job_id="unknown"))
                watch = optimizer.WatchJob(api.WatchJobRequest(job_id="job"))
                next(watch)
                self.assertEqual(value(metrics(server), "zeus_bso_watchers"), 1)
                optimizer.DeleteJob(api.DeleteJobRequest(job_id="job"))
                self.assertTrue(list(watch)[-1].HasField("job_deleted"))
                page = metrics(server)
            labels = (
                '{{grpc_type="{}",grpc_service="zeus.bso.v1.BatchSizeOptimizer",'
                'grpc_method="{}",grpc_code="{}"}}'
            )
            for call in (
                ("unary", "StartTrial", "NotFound"),
                ("unary", "DeleteJob", "OK"),
                ("server_stream", "WatchJob", "OK"),
            ):
                series = "grpc_server_handled_total" + labels.format(*call)
                self.assertEqual(value(page, series), 1, series)
            await_value(server, "zeus_bso_watchers", 0)

    def test_requests_that_are_no_calls_are_counted(self) -> None:
        with HttpServer(LISTEN) as server:
            server.ask("GET", "/healthz")
            server.ask("GET", "/unknown/path")
            server.ask("GET", "/jobs/batch_size")
            page = metrics(server)
            for kind, code in (("probe", "2xx"), ("other", "4xx"), ("zeus", "4xx")):
                series = f'http_server_requests_total{{kind="{kind}",code="{code}"}}'
                self.assertEqual(value(page, series), 1)

    def test_jobs_and_trials(self) -> None:
        with HttpServer(LISTEN) as server:
            server.ask("POST", "/jobs", spec())
            train(server, "job")
            server.ask("GET", "/jobs/batch_size?job_id=job")
            await_value(server, "zeus_bso_running_trials", 1)
            page = metrics(server)
            self.assertEqual(value(page, "zeus_bso_jobs"), 1)
            ended = 'zeus_bso_trials_ended_total{policy="curves",reason='
            self.assertEqual(value(page, ended + '"target_reached"}'), 1)
            self.assertEqual(value(page, ended + '"failed"}'), 0)
            self.assertGreaterEqual(value(page, "zeus_bso_commits_total"), 4)
            server.ask("DELETE", "/jobs?job_id=job")
            page = metrics(server)
            self.assertEqual(value(page, "zeus_bso_running_trials"), 0)
            self.assertEqual(value(page, "zeus_bso_jobs"), 0)

    def test_savings_are_estimated(self) -> None:
        saved = "zeus_bso_estimated_saved_"
        with HttpServer(LISTEN) as server:
            server.ask("POST", "/jobs", spec())
            train(server, "job", 1000)  # At the default.
            train(server, "job", 300)
            deadline = time.monotonic() + 20
            while not 500 < value(metrics(server), saved + "joules") < 900:
                self.assertLess(time.monotonic(), deadline, metrics(server))
                time.sleep(0.05)
            seconds = value(metrics(server), saved + "seconds")
            self.assertTrue(50 < seconds < 90, seconds)

    def test_no_label_has_a_value_that_a_client_chose(self) -> None:
        with HttpServer(LISTEN) as server:
            server.ask("POST", "/jobs", spec("chosen", gpu_model="chosen"))
            train(server, "chosen")
            server.ask("GET", "/chosen?chosen=1", headers={"Chosen": "chosen"})
            server.ask("CHOSEN", "/chosen")
            server.call("Chosen", {"chosen": 1})
            page = metrics(server)
            self.assertNotIn("chosen", page.lower())
            self.assertEqual(set(re.findall(r"[{,](\w+)=\"", page)) - LABELS, set())

    def test_needs_a_reader_of_all_jobs(self) -> None:
        server = HttpServer(LISTEN, "--roles={directory}/roles")
        (server.path / "roles").write_text(
            grant("reader jobs=team/*", "limited") + grant("reader", "reader")
        )
        with server:
            for token, status in (
                (None, 401),
                ("wrong", 401),
                ("limited", 403),
                ("reader", 200),
            ):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                answer = server.ask("GET", "/metrics", headers=headers)
                self.assertEqual(answer.status, status, token)


if __name__ == "__main__":
    unittest.main()
