"""What the log says of calls that belong to a trace, and of slow calls."""

import json
import re
import time
import unittest

import grpc
from http_server import BINARY, HttpServer, spec
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as rpc

LISTEN = "--http_listen=127.0.0.1:0"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


def lines(server: HttpServer, part: str, count: int = 1) -> list[str]:
    """The lines of the log that have a part; waits for so many.

    A call is answered before its line is written.
    """
    deadline = time.monotonic() + 30
    while True:
        whole = server.log().split("\n")[:-1]
        found = [line for line in whole if part in line]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.01)


def call_over_grpc(server: HttpServer, *traceparents: str) -> None:
    """A call for a job that does not exist."""
    with grpc.insecure_channel(f"unix:{server.path}/grpc.sock") as channel:
        metadata = [("traceparent", each) for each in traceparents]
        try:
            rpc.BatchSizeOptimizerStub(channel).StartTrial(
                api.StartTrialRequest(job_id="unknown"), metadata=metadata
            )
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class TraceTest(unittest.TestCase):
    def test_lines_about_a_call_name_its_trace(self) -> None:
        with HttpServer(LISTEN, "--log_level=debug") as server:
            headers = {"traceparent": TRACEPARENT}
            self.assertEqual(server.ask("POST", "/jobs", spec(), headers).status, 201)
            (event,) = lines(server, "job 'job' is registered")
            self.assertTrue(event.endswith(f" trace_id={TRACE_ID}"), event)
            call_over_grpc(server, TRACEPARENT)
            (line,) = lines(server, "StartTrialRequest")
            self.assertTrue(line.endswith(f"JOB_NOT_FOUND trace_id={TRACE_ID}"), line)

    def test_other_lines_have_none(self) -> None:
        with HttpServer(LISTEN, "--log_level=debug") as server:
            call_over_grpc(server)
            call_over_grpc(server, TRACEPARENT.upper())
            call_over_grpc(server, TRACEPARENT, TRACEPARENT)
            server.call("ListJobs", {}, traceparent="00-invalid")
            lines(server, "ListJobsRequest: OK")
            self.assertEqual(len(lines(server, "StartTrialRequest", 3)), 3)
            self.assertNotIn("trace_id", server.log())

    def test_json_has_a_field(self) -> None:
        with HttpServer(
            "--http_listen=unix:{directory}/http.sock",
            "--log_format=json",
            "--log_level=debug",
        ) as server:
            call_over_grpc(server, TRACEPARENT)
            call_over_grpc(server)
            found = lines(server, "StartTrialRequest", 2)
            traced, untraced = map(json.loads, found)
            self.assertEqual(traced["trace_id"], TRACE_ID)
            self.assertEqual(traced["message"], "StartTrialRequest: JOB_NOT_FOUND")
            self.assertNotIn("trace_id", untraced)


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class SlowCallTest(unittest.TestCase):
    def test_says_where_the_time_went(self) -> None:
        with HttpServer(LISTEN, "--slow_call=1ns") as server:
            headers = {"traceparent": TRACEPARENT}
            server.ask("POST", "/jobs", spec(), headers)
            (line,) = lines(server, "slow call: RegisterJob")
            duration = r"[\d.]+[mun]?s"
            self.assertRegex(
                line,
                rf" warning slow call: RegisterJob \(HTTP\) took {duration}: "
                rf"queue {duration}, body {duration}, commit {duration}, sync {duration}, "
                rf"job 'job' trace_id={TRACE_ID}$",
            )
            call_over_grpc(server)
            (line,) = lines(server, "slow call: StartTrial")
            self.assertRegex(
                line, r"StartTrial \(gRPC\) took .*, sync 0, job 'unknown'$"
            )

    def test_a_refused_request_shows_nothing_of_itself(self) -> None:
        with HttpServer(LISTEN, "--slow_call=1ns") as server:
            server.call("StartTrial", {"jobId": "bad\nid"})
            (line,) = lines(server, "slow call: StartTrial")
            self.assertIsNotNone(re.search(r"took [\d.]+[mun]?s$", line), line)

    def test_off_by_default(self) -> None:
        with HttpServer(LISTEN, "--log_level=debug") as server:
            server.ask("POST", "/jobs", spec())
            lines(server, "RegisterJobRequest: OK")
            self.assertNotIn("slow call", server.log())


if __name__ == "__main__":
    unittest.main()
