"""Builds an outside project, the example, on the client as it is installed, and runs it."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer
from zeus_bso.types import TrialStatus

EXAMPLES = Path(__file__).parents[4] / "client" / "cpp" / "examples"
BUILD_DIR = os.environ["ZEUS_BSO_BUILD_DIR"]


def cmake(*arguments: str | Path) -> None:
    """Runs cmake; with what it printed when it fails."""
    subprocess.run(
        [os.environ["ZEUS_BSO_CMAKE"], *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class InstallTest(unittest.TestCase):
    prefix: Path
    build: Path

    @classmethod
    def setUpClass(cls) -> None:
        directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.prefix, cls.build = directory / "prefix", directory / "build"
        # What is installed can be moved.
        first = directory / "first"
        try:
            cmake("--install", BUILD_DIR, "--component", "client", "--prefix", first)
            first.rename(cls.prefix)
            prefix_path = f"-DCMAKE_PREFIX_PATH={cls.prefix}"
            cmake("-G", "Ninja", "-S", EXAMPLES, "-B", cls.build, prefix_path)
            cmake("--build", cls.build)
        except subprocess.CalledProcessError as error:
            raise AssertionError(error.stdout) from error

    def test_the_example_trains(self) -> None:
        with LocalServer(os.environ["ZEUS_BSO_SERVER_BINARY"]) as server:
            train = [str(self.build / "train"), server.address, "nightly"]
            for _ in range(2):
                ran = subprocess.run(train, check=True, capture_output=True, text=True)
                # The second may be stopped: the times are measured.
                self.assertRegex(ran.stdout, "^(Batch size|Stopped early)")
            with Client(server.address) as client:
                trials = list(client.list_trials("nightly"))
        self.assertEqual([each.status for each in trials], [TrialStatus.SUCCEEDED] * 2)
        self.assertTrue(trials[0].converged)

    def test_the_example_says_what_is_wrong(self) -> None:
        with LocalServer(os.environ["ZEUS_BSO_SERVER_BINARY"]) as server:
            train = [str(self.build / "train"), server.address, "x" * 257]
            ran = subprocess.run(train, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("spec.job_id", ran.stderr)

    def test_users_see_no_headers_of_grpc(self) -> None:
        ninja = ["ninja", "-C", str(self.build), "-t", "deps"]
        headers = subprocess.run(ninja, check=True, capture_output=True, text=True)
        self.assertIn("zeus/bso/client.h", headers.stdout)
        self.assertNotIn("grpc", headers.stdout)

    def test_only_the_client_is_installed(self) -> None:
        self.assertEqual(
            {each.name for each in self.prefix.iterdir()}, {"include", "lib"}
        )
        headers = {
            str(each.relative_to(self.prefix)) for each in self.prefix.rglob("*.h")
        }
        self.assertIn("include/zeus/bso/v1/zeus_service.grpc.pb.h", headers)
        self.assertEqual(
            {each for each in headers if not each.startswith("include/zeus/bso/")},
            set(),
        )


if __name__ == "__main__":
    unittest.main()
