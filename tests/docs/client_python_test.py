"""Runs what docs/client-python.md shows, and checks that it names every exception."""

import contextlib
import io
import os
import re
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from zeus_bso import errors
from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer
from zeus_bso.optimizer.batch_size import exceptions
from zeus_bso.types import TrialFailure, TrialStatus

PATH = Path(__file__).parents[2] / "docs" / "client-python.md"
OLDER = Path(__file__).parent / "older" / "client-python.md"
TEXT = PATH.read_text()
SHOWN_ADDRESS = "127.0.0.1:50051"


def run_blocks(path: Path, address: str, names: dict[str, Any]) -> str:
    """Runs the blocks about the client for a server there; what they printed."""
    about_the_client = path.read_text().split("## A client\n")[1]
    blocks: list[str] = re.findall(r"```python\n(.*?)```", about_the_client, re.DOTALL)
    assert len(blocks) == 10 and SHOWN_ADDRESS in blocks[0]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for block in blocks:
            exec(block.replace(SHOWN_ADDRESS, address), names)
    return printed.getvalue()


class ClientPythonTest(unittest.TestCase):
    def test_blocks(self) -> None:
        for path in (PATH, OLDER):
            with self.subTest(path):
                self.check_blocks(path)

    def check_blocks(self, path: Path) -> None:
        metrics = iter([0.5, 0.9, 0.96, 0.97])
        names: dict[str, Any] = {"train_one_epoch": lambda size: next(metrics)}
        with LocalServer(os.environ["ZEUS_BSO_SERVER_BINARY"]) as server:
            # There are no such files as the block about TLS names.
            with mock.patch.object(Path, "read_bytes", return_value=b"PEM"):
                printed = run_blocks(path, server.address, names)
            names["secure"].close()
            names["client"].close()
            with Client(server.address) as client:
                trials = list(client.list_trials("digits"))
        # Of the first loop, of three sessions, and of the loop for asyncio, which may have
        # been stopped for its cost: that is made of the time it took.
        first, *decided, last = trials
        self.assertTrue(first.converged)
        failures = [each.failure for each in decided]
        self.assertEqual(failures, [TrialFailure.CANCELLED] * 3)
        self.assertEqual(last.status, TrialStatus.SUCCEEDED)
        self.assertIn("registered already, with other", printed)
        self.assertIn("1 128 TrialStatus.SUCCEEDED", printed)
        self.assertIn("Batch size 128 is the best", printed)
        self.assertIn("the best size known (trial 1)", printed)
        self.assertIn("digits-v2 started from digits", printed)
        self.assertIn("PresentState", printed)
        self.assertIn("5 TrialStatus.SUCCEEDED", printed)

    def test_names_every_exception(self) -> None:
        shown = set(re.findall(r"`(\w+Error)`", TEXT))
        shown -= {name for name in vars(exceptions) if name.startswith("ZeusBSO")}
        classes = {
            name
            for name, value in vars(errors).items()
            if isinstance(value, type) and issubclass(value, errors.ZeusBsoError)
        }
        self.assertEqual(classes - shown, set())
        self.assertEqual(
            shown - classes, {"MemoryError", "OutOfMemoryError", "RuntimeError"}
        )


if __name__ == "__main__":
    unittest.main()
