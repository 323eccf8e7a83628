"""Tests of both clients over TLS, with certificates and tokens."""

import hashlib
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

from server_case import AsyncServerCase, free_port, make_spec
from zeus_bso import errors
from zeus_bso.async_client import AsyncClient
from zeus_bso.connection import Tls
from zeus_bso.retry import RetryPolicy

NO_RETRIES = RetryPolicy(total=0.0)


def openssl(directory: Path, command: str) -> None:
    subprocess.run(
        ["openssl", *shlex.split(command)],
        cwd=directory,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def make_certificates(directory: Path) -> None:
    """A root ca.pem, and what it signed: server.pem and trainer.pem, with their keys."""
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    openssl(directory, f"req -x509 {new_key} -keyout ca.key -out ca.pem -subj /CN=root")
    names = directory / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("server", "trainer"):
        openssl(
            directory, f"req {new_key} -keyout {name}.key -out csr -subj /CN={name}"
        )
        openssl(
            directory,
            f"x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial"
            f" -out {name}.pem -extfile names",
        )


class TokenTest(AsyncServerCase):
    def setUp(self) -> None:
        roles = Path(self.enterContext(tempfile.TemporaryDirectory())) / "roles"
        roles.write_text(
            "".join(
                f"{role} token {hashlib.sha256(role.encode()).hexdigest()}\n"
                for role in ("reader", "trainer", "admin")
            )
        )
        self.address = self.start_server(flags=[f"--roles={roles}"]).address

    def test_roles(self) -> None:
        trainer = self.connect(self.address, token="trainer")
        trainer.register_job(make_spec())
        with trainer.trial("job") as trial:
            trial.report(1, epoch=1, time_seconds=1, energy_joules=1)
        reader = self.connect(self.address, token="reader")
        self.assertIsNotNone(reader.get_job("job"))
        next(reader.watch_job("job"))
        with self.assertRaises(errors.RoleTooLowError) as caught:
            reader.start_trial("job")
        self.assertEqual(caught.exception.metadata["needed_role"], "trainer")
        with self.assertRaises(errors.RoleTooLowError) as caught:
            trainer.delete_job("job")
        self.assertEqual(caught.exception.metadata["needed_role"], "admin")
        self.connect(self.address, token="admin").delete_job("job")

    def test_no_token_and_an_unknown_one(self) -> None:
        with self.assertRaises(errors.CredentialsMissingError):
            self.connect(self.address).get_job("job")
        with self.assertRaises(errors.CredentialsUnknownError):
            self.connect(self.address, token="other").get_job("job")

    async def test_asynchronous(self) -> None:
        trainer = await self.connect_async(self.address, token="trainer")
        await trainer.register_job(make_spec())
        async with trainer.trial("job") as trial:
            await trial.report(1, epoch=1, time_seconds=1, energy_joules=1)
        reader = await self.connect_async(self.address, token="reader")
        watch_job = reader.watch_job("job")
        await anext(watch_job)
        await watch_job.aclose()
        with self.assertRaises(errors.RoleTooLowError):
            await reader.start_trial("job")
        stranger = await self.connect_async(self.address)
        with self.assertRaises(errors.CredentialsMissingError):
            await stranger.get_job("job")

    async def test_sessions(self) -> None:
        admin = await self.connect_async(self.address, token="admin")
        await admin.register_job(make_spec())
        async with admin.session() as session:
            self.assertIsNotNone(await session.get_job("job"))
        with self.connect(self.address, token="admin").session() as blocking:
            self.assertIsNotNone(blocking.get_job("job"))
        with self.connect(self.address).session() as blocking:
            with self.assertRaises(errors.CredentialsMissingError):
                blocking.get_job("job")
        stranger = await self.connect_async(self.address)
        async with stranger.session() as session:
            with self.assertRaises(errors.CredentialsMissingError):
                await session.get_job("job")


class TlsTest(AsyncServerCase):
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

        self.tls = Tls(
            root=self.files / "ca.pem",
            cert=self.files / "trainer.pem",
            key=self.files / "trainer.key",
        )

    def test_with_a_certificate(self) -> None:
        client = self.connect(self.address, tls=self.tls)
        self.assertTrue(client.register_job(make_spec()).created)

    async def test_asynchronous(self) -> None:
        client = await self.connect_async(self.address, tls=self.tls)
        self.assertTrue((await client.register_job(make_spec())).created)
        client = await self.connect_async(
            self.address, tls=Tls(root=self.files / "ca.pem"), retry=NO_RETRIES
        )
        with self.assertRaises(errors.UnavailableError):
            await client.get_job("job")
        with self.assertRaises(ValueError):
            AsyncClient(self.address, tls=Tls(key=self.files / "trainer.key"))

    def test_without_the_certificate_that_the_server_wants(self) -> None:
        tls = Tls(root=self.files / "ca.pem")
        with self.assertRaises(errors.UnavailableError):
            self.connect(self.address, tls=tls, retry=NO_RETRIES).get_job("job")

    def test_a_server_of_another_root(self) -> None:
        with self.assertRaises(errors.UnavailableError):
            self.connect(self.address, tls=Tls(), retry=NO_RETRIES).get_job("job")

    def test_files_that_are_not_there(self) -> None:
        with self.assertRaises(OSError):
            self.connect(self.address, tls=Tls(root=self.files / "none.pem"))
        with self.assertRaises(ValueError):
            self.connect(self.address, tls=Tls(key=self.files / "trainer.key"))
        (self.files / "empty.pem").touch()
        with self.assertRaises(ValueError):
            self.connect(self.address, tls=Tls(root=self.files / "empty.pem"))


if __name__ == "__main__":
    unittest.main()
