"""The HTTP listener from outside: what it serves, whom it refuses, and how it ends."""

import base64
import contextlib
import hashlib
import json
import socket
import ssl
import stat
import struct
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Iterator

from http_server import BINARY, HttpServer, send, spec

LISTEN = "--http_listen=127.0.0.1:0"


def token_grant(role: str, token: str) -> str:
    """The line of a roles file."""
    return f"{role} token {hashlib.sha256(token.encode()).hexdigest()}\n"


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class TrainingTest(unittest.TestCase):
    def test_a_client_of_zeus_trains(self) -> None:
        with HttpServer(LISTEN) as server:
            self.assertEqual(server.ask("POST", "/jobs", spec()).status, 201)
            self.assertEqual(server.ask("POST", "/jobs", spec()).status, 200)
            trial = server.ask("GET", "/jobs/batch_size?job_id=job").json()
            for epoch in (1, 2):
                verdict = server.ask(
                    "POST",
                    "/report",
                    {
                        **trial,
                        "time": 10 * epoch,
                        "energy": 100 * epoch,
                        "metric": 0.3 * epoch,
                        "current_epoch": epoch,
                    },
                ).json()
                self.assertEqual(verdict["stop_train"], epoch == 2)
            self.assertTrue(verdict["converged"])
            self.assertEqual(server.ask("PATCH", "/trials", trial).json(), None)
            self.assertEqual(server.ask("DELETE", "/jobs?job_id=job").json(), None)

    def test_zeus_policy(self) -> None:
        for flags, policy in (
            ((), "POLICY_CURVES"),
            (("--zeus_policy=zeus",), "POLICY_ZEUS"),
            (("--default_policy=zeus",), "POLICY_ZEUS"),
            (("--default_policy=zeus", "--zeus_policy=curves"), "POLICY_CURVES"),
        ):
            with self.subTest(flags), HttpServer(LISTEN, *flags) as server:
                server.ask("POST", "/jobs", spec())
                jobs = server.call("ListJobs", {}).json()["jobs"]
                self.assertEqual(jobs[0]["spec"]["policy"], policy)

    def test_a_watch_is_told_of_what_happens(self) -> None:
        with HttpServer(LISTEN) as server:
            server.ask("POST", "/jobs", spec())
            connection = server.connect()
            self.addCleanup(connection.close)
            message = json.dumps({"jobId": "job"}).encode()
            connection.request(
                "POST",
                "/zeus.bso.v1.BatchSizeOptimizer/WatchJob",
                struct.pack(">BI", 0, len(message)) + message,
                {"Content-Type": "application/connect+json"},
            )
            response = connection.getresponse()

            def read() -> tuple[int, dict[str, object]]:
                flags, length = struct.unpack(">BI", response.read(5))
                return flags, json.loads(response.read(length))

            self.assertIn("presentState", read()[1])
            server.ask("GET", "/jobs/batch_size?job_id=job")
            self.assertIn("trialStarted", read()[1])
            server.ask("DELETE", "/jobs?job_id=job")
            self.assertIn("jobDeleted", read()[1])
            self.assertEqual(read(), (2, {}))


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class StrangersTest(unittest.TestCase):
    def test_pages_of_other_sites_are_refused(self) -> None:
        with HttpServer(LISTEN, "--http_hosts=known.example") as server:
            cases: list[tuple[dict[str, str], int]] = [
                ({}, 200),
                ({"Host": "localhost"}, 200),
                ({"Host": "known.example:1"}, 200),
                ({"Host": "evil.example"}, 421),
                ({"Origin": "http://evil.example"}, 403),
                ({"Origin": "null"}, 403),
                ({"Sec-Fetch-Site": "cross-site"}, 403),
                ({"Sec-Fetch-Site": "same-origin"}, 200),
            ]
            for headers, status in cases:
                with self.subTest(headers):
                    answer = server.ask("POST", "/jobs", spec(), headers)
                    self.assertIn(answer.status, (status, 201 if status == 200 else 0))
                    self.assertNotIn("www-authenticate", answer.headers)
                    self.assertNotIn("access-control-allow-origin", answer.headers)
            browser = {"User-Agent": "Mozilla/5.0"}
            for target in (
                "/jobs/batch_size?job_id=job",
                "/jobs/batch_size/?job_id=job",
            ):
                self.assertEqual(server.ask("GET", target, None, browser).status, 403)

    def test_a_redirect_echoes_nothing(self) -> None:
        with HttpServer(LISTEN) as server:
            answer = server.ask("GET", "/jobs/batch_size/?job_id=a%0d%0ab'\"<>")
            self.assertEqual(answer.status, 307)
            self.assertEqual(
                answer.headers["location"],
                "/jobs/batch_size?job_id=a%0D%0Ab%27%22%3C%3E",
            )

    def test_roles(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            roles = Path(directory) / "roles"
            roles.write_text(token_grant("trainer", "t0ken"))
            with HttpServer(LISTEN, f"--roles={roles}") as server:
                self.assertEqual(server.ask("POST", "/jobs", spec()).status, 401)
                basic = base64.b64encode(b"zeus:t0ken").decode()
                for value in ("Bearer t0ken", f"Basic {basic}"):
                    headers = {"Authorization": value}
                    answer = server.ask("POST", "/jobs", spec(), headers)
                    self.assertIn(answer.status, (200, 201))
                    answer = server.ask("DELETE", "/jobs?job_id=job", None, headers)
                    self.assertEqual(answer.status, 403)
                self.assertEqual(server.call("ListJobs", {}).status, 401)
                # Probes need no role.
                for path in ("/healthz", "/readyz"):
                    self.assertEqual(server.ask("GET", path).status, 200)


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class ListenTest(unittest.TestCase):
    def test_an_address_that_was_given_must_bind(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with HttpServer(f"--http_listen={address}") as server:
                self.assertEqual(server.wait(), 1)
                self.assertIn(address, server.log())

    def test_plaintext_beyond_this_machine_needs_a_word(self) -> None:
        with HttpServer("--http_listen=0.0.0.0:0") as server:
            self.assertEqual(server.wait(), 1)
            self.assertIn("--insecure_listen", server.log())
        with HttpServer("--http_listen=0.0.0.0:0", "--insecure_listen") as server:
            self.assertEqual(server.ask("GET", "/healthz").status, 200)

    def test_auto(self) -> None:
        with HttpServer() as server:
            self.assertEqual(server.addresses(), [])
        with contextlib.ExitStack() as stack:
            try:
                for port in (50051, 8080):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                self.skipTest("one of the default ports is taken")
        with HttpServer(listen="127.0.0.1:50051") as server:
            self.assertEqual(server.addresses(), ["127.0.0.1:8080"])
            self.assertEqual(server.ask("GET", "/healthz").status, 200)
        with socket.create_server(("127.0.0.1", 8080)):
            with HttpServer(listen="127.0.0.1:50051") as server:
                self.assertEqual(server.addresses(), [])
                self.assertIn("going on without HTTP", server.log())

    def test_a_unix_socket_has_the_mode_that_was_given(self) -> None:
        with HttpServer(
            "--http_listen=unix:{directory}/http.sock", "--socket_mode=0660"
        ) as server:
            mode = (server.path / "http.sock").stat().st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o660)
            # Whatever name it is called by.
            answer = server.ask("GET", "/healthz", None, {"Host": "any.example"})
            self.assertEqual(answer.status, 200)

    def test_it_ends_at_once_with_idle_connections(self) -> None:
        with HttpServer(LISTEN) as server:
            idle = [server.connect() for _ in range(3)]
            for connection in idle:
                self.addCleanup(connection.close)
                self.assertEqual(send(connection, "GET", "/healthz").status, 200)
            silent = server.connect()
            silent.connect()
            self.addCleanup(silent.close)
            begin = time.monotonic()
            server.terminate()
            self.assertEqual(server.wait(), 0)
            self.assertLess(time.monotonic() - begin, 9)  # Of --drain_timeout's 10.


@contextlib.contextmanager
def certificates() -> Iterator[Path]:
    """A directory with a root, and a server and a client that it has signed."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)

        def openssl(command: str) -> None:
            subprocess.run(
                ["openssl", *command.split()],
                cwd=directory,
                check=True,
                stderr=subprocess.DEVNULL,
            )

        new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        openssl(f"req -x509 {new} -keyout ca.key -out ca.pem -subj /CN=root -days 30")
        for who in ("server", "client", "stranger"):
            (directory / "names").write_text(f"subjectAltName=DNS:localhost,DNS:{who}")
            openssl(f"req {new} -keyout {who}.key -out {who}.csr -subj /CN={who}-cn")
            openssl(
                f"x509 -req -in {who}.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
                f"-out {who}.pem -days 30 -extfile names"
            )
        yield directory


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class TlsTest(unittest.TestCase):
    def context(self, directory: Path, who: str = "") -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
        if who:
            context.load_cert_chain(directory / f"{who}.pem", directory / f"{who}.key")
        return context

    def test_tls(self) -> None:
        with certificates() as files, HttpServer(
            "--http_listen=tls:localhost:0",
            f"--tls_cert={files}/server.pem",
            f"--tls_key={files}/server.key",
        ) as server:
            connection = server.connect(tls=self.context(files))
            self.addCleanup(connection.close)
            for _ in range(2):
                answer = send(connection, "GET", "/healthz", headers={"Host": "any"})
                self.assertEqual(answer.body, b"ok\n")
            plain = server.connect()
            self.addCleanup(plain.close)
            with self.assertRaises(OSError):
                send(plain, "GET", "/healthz")
            # A certificate that was replaced is used by new connections.
            for kind in ("pem", "key"):
                (files / f"client.{kind}").rename(files / f"server.{kind}")
            deadline = time.monotonic() + 30
            names: object = None
            while "DNS:client" not in str(names) and time.monotonic() < deadline:
                connection = server.connect(tls=self.context(files))
                self.addCleanup(connection.close)
                send(connection, "GET", "/healthz")
                assert isinstance(connection.sock, ssl.SSLSocket)
                shown = connection.sock.getpeercert(binary_form=True)
                assert shown is not None
                peer = ssl.DER_cert_to_PEM_cert(shown)
                names = subprocess.run(
                    ["openssl", "x509", "-noout", "-ext", "subjectAltName"],
                    input=peer.encode(),
                    capture_output=True,
                    check=True,
                ).stdout
            self.assertIn("DNS:client", str(names))

    def test_a_session_in_which_a_certificate_was_shown_is_resumed(self) -> None:
        with certificates() as files, HttpServer(
            "--http_listen=tls:localhost:0",
            f"--tls_cert={files}/server.pem",
            f"--tls_key={files}/server.key",
            f"--tls_client_ca={files}/ca.pem",
        ) as server:
            port = int(server.addresses()[0].rpartition(":")[2])
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = self.context(files, "client")
                context.maximum_version = version
                session: ssl.SSLSession | None = None
                for _ in range(3):
                    raw = socket.create_connection(("127.0.0.1", port))
                    with context.wrap_socket(
                        raw, server_hostname="localhost", session=session
                    ) as connection:
                        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: l\r\n\r\n")
                        self.assertIn(b" 200 ", connection.recv(1 << 16))
                        if session is not None:
                            self.assertTrue(connection.session_reused)
                        session = connection.session

    def test_roles_by_certificate(self) -> None:
        with certificates() as files:
            (files / "roles").write_text("reader certificate client\n")
            with HttpServer(
                "--http_listen=tls:localhost:0",
                f"--tls_cert={files}/server.pem",
                f"--tls_key={files}/server.key",
                f"--tls_client_ca={files}/ca.pem",
                f"--roles={files}/roles",
            ) as server:
                for who, status in (("client", 200), ("stranger", 401)):
                    connection = server.connect(tls=self.context(files, who))
                    self.addCleanup(connection.close)
                    answer = send(
                        connection,
                        "POST",
                        "/zeus.bso.v1.BatchSizeOptimizer/ListJobs",
                        "{}",
                        {"Content-Type": "application/json"},
                    )
                    self.assertEqual(answer.status, status)
                nobody = server.connect(tls=self.context(files))
                self.addCleanup(nobody.close)
                with self.assertRaises(OSError):
                    send(nobody, "GET", "/healthz")


if __name__ == "__main__":
    unittest.main()
