"""Tests of the variables that name the server, for optimizers and for the command."""

import hashlib
import os
import tempfile
from pathlib import Path
from unittest import main, mock

from server_case import ServerCase, free_port, make_spec
from zeus_bso import environment, errors
from zeus_bso.connection import Tls
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer, exceptions


class EnvironmentTest(ServerCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        roles = self.folder / "roles"
        token = hashlib.sha256(b"secret").hexdigest()
        roles.write_text(f"admin token {token}\n")
        self.address = f"127.0.0.1:{free_port()}"
        self.start_server(listen=[self.address], flags=[f"--roles={roles}"])

    def set(self, **variables: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ZEUS_BSO_")}
        patch = mock.patch.dict(os.environ, {**clean, **variables}, clear=True)
        self.enterContext(patch)

    def register(self) -> str:
        monitor = FixedPowerMonitor(watts=100.0)
        with BatchSizeOptimizer(monitor, job=make_spec()) as optimizer:
            return optimizer.job.job_id

    def test_the_address_and_a_token(self) -> None:
        self.set(ZEUS_BSO_SERVER=self.address, ZEUS_BSO_TOKEN="secret")
        self.assertEqual(self.register(), "job")

    def test_a_file_with_a_token_counts_first(self) -> None:
        file = self.folder / "token"
        file.write_text("secret\n")
        self.set(
            ZEUS_BSO_SERVER=f"http://{self.address}/",
            ZEUS_BSO_TOKEN="wrong",
            ZEUS_BSO_TOKEN_FILE=str(file),
        )
        self.assertEqual(self.register(), "job")

    def test_what_is_wrong_is_named(self) -> None:
        self.set(ZEUS_BSO_SERVER=self.address)
        with self.assertRaises(exceptions.ZeusBSORuntimError) as caught:
            self.register()
        self.assertIsInstance(
            caught.exception.__cause__, errors.CredentialsMissingError
        )
        self.set(ZEUS_BSO_SERVER="host")
        with self.assertRaisesRegex(exceptions.ZeusBSOConfigError, "names no port"):
            self.register()
        self.set(ZEUS_BSO_SERVER=self.address, ZEUS_BSO_TOKEN_FILE="/nonexistent")
        with self.assertRaisesRegex(exceptions.ZeusBSOConfigError, "/nonexistent"):
            self.register()
        self.set(ZEUS_BSO_SERVER=self.address, ZEUS_BSO_TOKEN="secret\n")
        with self.assertRaises(exceptions.ZeusBSOConfigError) as refused:
            self.register()
        self.assertNotIn("secret", str(refused.exception))
        self.set()
        with self.assertRaisesRegex(exceptions.ZeusBSOConfigError, "ZEUS_BSO_SERVER"):
            self.register()

    def test_tls(self) -> None:
        self.set()
        self.assertIsNone(environment.tls())
        for value, expected in (("1", Tls()), ("True", Tls()), ("0", None)):
            self.set(ZEUS_BSO_TLS=value)
            self.assertEqual(environment.tls(), expected)
        self.set(ZEUS_BSO_TLS_ROOT="a", ZEUS_BSO_TLS_CERT="b", ZEUS_BSO_TLS_KEY="c")
        self.assertEqual(environment.tls(), Tls(root="a", cert="b", key="c"))


if __name__ == "__main__":
    main()
