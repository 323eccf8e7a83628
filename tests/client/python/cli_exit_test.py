"""Tests of the command line: the server it calls, and the codes it exits with."""

import hashlib
import json
import shlex
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from access_test import make_certificates
from cli_case import COMMAND, CliCase, environment
import zeus_bso
from server_case import free_port, make_spec


class ExitTest(CliCase):
    def test_not_found(self) -> None:
        for command in (
            ["job", "none"],
            ["trials", "none"],
            ["trials", "none", "--json"],
            ["arms", "none"],
            ["watch", "none"],
            ["report", "none", "-o", "none.html"],
        ):
            done = self.run_cli(*command, code=4)
            self.assertEqual(done.stdout, "")
            self.assertIn("Error: JOB_NOT_FOUND: ", done.stderr)

    def test_wrong_usage(self) -> None:
        for command in (
            ["no-such-command"],
            ["job"],
            ["jobs", "--no-such-option"],
            ["trials", "job", "--status=LOST"],
            ["--timeout=never", "jobs"],
            ["--timeout=0", "jobs"],
            ["--server=", "jobs"],
            ["--timeout=99999999999999d", "jobs"],
            ["--token=a\nb", "jobs"],
            ["--token-file=/none", "jobs"],
            ["--tls-root=/none", "jobs"],
            ["--tls-cert=/none", "health"],
        ):
            with self.subTest(command=command):
                done = self.run_cli(*command, code=2)
                self.assertIn("Error: ", done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_nobody_answers(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        for command in ("jobs", "health"):
            done = self.run_cli(f"--server={address}", "--timeout=1s", command, code=3)
            self.assertEqual(
                done.stderr,
                f"Cannot reach the server at {address} (connection refused). Is it "
                "running? Set --server or ZEUS_BSO_SERVER.\n",
            )

    def test_what_is_no_address(self) -> None:
        done = self.run_cli("--server=host", "jobs", code=2)
        self.assertIn("--server: 'host' names no port", done.stderr)

    def test_no_answer_in_time(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            server = f"--server=127.0.0.1:{deaf.getsockname()[1]}"
            self.run_cli(server, "--timeout=300ms", "jobs", code=3)

    def test_the_option_counts_before_the_variable(self) -> None:
        self.client.register_job(make_spec())
        nobody = {"ZEUS_BSO_SERVER": f"127.0.0.1:{free_port()}"}
        self.run_cli("--server", self.address, "job", "job", env=nobody)

    def test_a_reader_that_goes_away(self) -> None:
        for number in range(200):  # More than a pipe holds.
            self.client.register_job(make_spec(f"job-{number}"))
        process = self.start_cli("--json", "jobs")
        assert process.stdout is not None and process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        self.assertEqual(process.wait(60), 141)
        self.assertNotIn("rror", process.stderr.read())

    def test_what_cannot_be_written(self) -> None:
        self.client.register_job(make_spec())
        env = environment(ZEUS_BSO_SERVER=self.address)
        for options in ("jobs", "jobs --json", "export job", "--help"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [*COMMAND, *options.split()],
                    env=env,
                    stdout=full,
                    stderr=subprocess.PIPE,
                    encoding="utf-8",
                    timeout=60,
                    check=False,
                )
            self.assertEqual(done.returncode, 1)
            self.assertEqual(
                done.stderr, "Error: cannot write: No space left on device\n"
            )

    def test_streams_that_are_closed(self) -> None:
        self.client.register_job(make_spec())
        for command, code in (("jobs >&- 2>&-", 0), ("delete job <&-", 2)):
            done = subprocess.run(
                ["sh", "-c", f"{shlex.join(COMMAND)} {command}"],
                env=environment(ZEUS_BSO_SERVER=self.address),
                timeout=60,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            self.assertEqual(done.returncode, code)

    def test_ctrl_c(self) -> None:
        self.client.register_job(make_spec())
        process = self.start_cli("watch", "job")
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        self.assertNotIn("Traceback", process.stderr.read())

    def test_options_stand_before_the_command_or_after_it(self) -> None:
        self.client.register_job(make_spec())
        elsewhere = {"ZEUS_BSO_SERVER": "127.0.0.1:1"}
        server = f"--server={self.address}"
        for arguments in (
            (server, "jobs", "--timeout", "5s", "--prefix=j"),
            ("jobs", "--prefix", "j", "--server", self.address, "--timeout=5s"),
            ("--json", "jobs", server),
            ("job", server, "--json", "job"),
            ("job", server, "--", "job"),
            ("jobs", "--prefix", "job", server),
        ):
            self.assertIn("job", self.run_cli(*arguments, env=elsewhere).stdout)
        done = self.run_cli("job", server, "--", "--json", env=elsewhere, code=4)
        self.assertIn("no job --json", done.stderr)
        self.assertIn(
            "requires an argument", self.run_cli("jobs", "--timeout", code=2).stderr
        )

    def test_version(self) -> None:
        said = f"zeus-bso {zeus_bso.__version__}\n"
        self.assertEqual(self.output("--version"), said)
        self.assertEqual(self.output("jobs", "--version"), said)

    def test_help(self) -> None:
        for command in ("jobs", "report", "completion"):
            self.assertIn(f"zeus-bso {command} ", self.output(command, "--help"))
        self.assertIn("Exit codes", self.output("-h"))


class HealthTest(CliCase):
    def test_serving(self) -> None:
        self.assertEqual(self.output("health"), "SERVING\n")
        self.assertEqual(self.document("health"), {"status": "SERVING"})


class TokenTest(CliCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        roles = self.directory / "roles"
        roles.write_text(
            "".join(
                f"{role} token {hashlib.sha256(role.encode()).hexdigest()}\n"
                for role in ("reader", "admin")
            )
        )
        self.address = self.start_server(flags=[f"--roles={roles}"]).address
        self.client = self.connect(self.address, token="admin")
        self.client.register_job(make_spec())

    def test_each_way_to_give_one(self) -> None:
        token_file = self.directory / "token"
        token_file.write_text("admin\n")
        wrong = {"ZEUS_BSO_TOKEN": "wrong"}
        self.run_cli("--token=reader", "job", "job")
        self.run_cli("job", "job", env={"ZEUS_BSO_TOKEN": "reader"})
        self.run_cli("--token-file", str(token_file), "job", "job", env=wrong)

    def test_refused(self) -> None:
        said = self.run_cli("job", "job", code=1).stderr
        self.assertIn("CREDENTIALS_MISSING", said)
        said = self.run_cli("--token=wrong", "job", "job", code=1).stderr
        self.assertIn("CREDENTIALS_UNKNOWN", said)
        said = self.run_cli("--token=reader", "delete", "job", "--yes", code=1).stderr
        self.assertIn("Error: ROLE_TOO_LOW", said)
        self.assertRegex(said, r"(?m)^  needed_role: admin$")

    def test_health_needs_none(self) -> None:
        self.assertEqual(self.output("health"), "SERVING\n")


class TlsTest(CliCase):
    def setUp(self) -> None:
        self.files = Path(self.enterContext(tempfile.TemporaryDirectory()))
        make_certificates(self.files)
        self.address = f"localhost:{free_port()}"
        self.start_server(
            listen=[f"tls:{self.address}"],
            flags=[
                f"--tls_cert={self.files / 'server.pem'}",
                f"--tls_key={self.files / 'server.key'}",
                f"--tls_client_ca={self.files / 'ca.pem'}",
            ],
        )

    def test_with_a_certificate(self) -> None:
        options = [
            f"--tls-root={self.files / 'ca.pem'}",
            f"--tls-cert={self.files / 'trainer.pem'}",
            f"--tls-key={self.files / 'trainer.key'}",
        ]
        self.assertEqual(self.json_lines(*options, "jobs"), [])
        self.assertEqual(self.output(*options, "health"), "SERVING\n")

    def test_another_root(self) -> None:
        self.run_cli("--tls", "--timeout=1s", "jobs", code=3)


if __name__ == "__main__":
    unittest.main()
