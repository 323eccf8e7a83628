"""Health checks from outside, on an address of their own: by curl, by http.client and by grpcio."""

import contextlib
import hashlib
import re
import shutil
import subprocess
import tempfile
import unittest

import grpc

from http_server import BINARY, TIMEOUT, HttpServer, send

HEALTH_LISTEN = "--health_listen=127.0.0.1:0,unix:{directory}/health.sock"
SERVING = b"\x08\x01"  # A HealthCheckResponse.
NAMES = ("", "liveness", "readiness", "zeus.bso.v1.ZeusService")
CURL_FLAGS = ("--http1.1", "--http2", "--http2-prior-knowledge")


def health_addresses(server: HttpServer) -> list[str]:
    """Where it answers health checks and nothing else."""
    return re.findall(r"info health checks on (\S+)", server.log())


def check(channel: grpc.Channel, service: str) -> bytes:
    """Calls grpc.health.v1.Health.Check, without the code that is generated for it."""
    call = channel.unary_unary("/grpc.health.v1.Health/Check")
    name = service.encode()
    request = b"\x0a" + bytes([len(name)]) + name if name else b""
    answer: bytes = call(request, timeout=TIMEOUT)
    return answer


def curl(flag: str, url: str) -> str:
    """The status of the answer, and the version of HTTP that it came by."""
    return subprocess.run(
        ["curl", "--silent", flag, "--write-out", "%{http_code} %{http_version}", url],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    ).stdout.rpartition("\n")[2]


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class HealthTest(unittest.TestCase):
    def test_grpcio(self) -> None:
        with HttpServer(HEALTH_LISTEN) as server:
            for address in health_addresses(server):
                with grpc.insecure_channel(address) as channel:
                    for name in NAMES:
                        self.assertEqual(check(channel, name), SERVING, name)
                    with self.assertRaises(grpc.RpcError) as unknown:
                        check(channel, "no.such.Service")
                    self.assertEqual(
                        unknown.exception.code(), grpc.StatusCode.NOT_FOUND
                    )

    def test_http(self) -> None:
        with HttpServer(HEALTH_LISTEN) as server:
            for address in health_addresses(server):
                with contextlib.closing(server.connect(address)) as connection:
                    for path, status in (
                        ("/healthz", 200),
                        ("/readyz", 200),
                        ("/", 404),
                    ):
                        self.assertEqual(send(connection, "GET", path).status, status)

    @unittest.skipUnless(shutil.which("curl"), "there is no curl")
    def test_curl(self) -> None:
        with HttpServer(HEALTH_LISTEN) as server:
            url = f"http://{health_addresses(server)[0]}"
            for flag in CURL_FLAGS:
                version = "2" if flag == "--http2-prior-knowledge" else "1.1"
                self.assertEqual(curl(flag, f"{url}/healthz"), f"200 {version}")
                self.assertEqual(curl(flag, f"{url}/readyz"), f"200 {version}")
                self.assertEqual(curl(flag, f"{url}/jobs"), f"404 {version}")

    def test_no_role_is_needed(self) -> None:
        with tempfile.NamedTemporaryFile("w") as roles:
            print(
                "admin token",
                hashlib.sha256(b"token").hexdigest(),
                file=roles,
                flush=True,
            )
            with HttpServer(HEALTH_LISTEN, f"--roles={roles.name}") as server:
                address = health_addresses(server)[0]
                with grpc.insecure_channel(address) as channel:
                    self.assertEqual(check(channel, "readiness"), SERVING)
                with contextlib.closing(server.connect(address)) as connection:
                    self.assertEqual(send(connection, "GET", "/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
