"""Tests of the package as a whole: what it offers at its root, and what it needs."""

import pickle
import subprocess
import sys
import unittest

import grpc
import zeus_bso
from zeus_bso import errors
from zeus_bso.local_server import LocalServerError
from zeus_bso.nvml import NvmlError
from zeus_bso.optimizer.batch_size import exceptions

IMPORT = """
import signal, sys, threading

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("click", "rich", "numpy", "matplotlib"):
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocker())
handlers = [signal.getsignal(each) for each in signal.valid_signals()]
opened = []
sys.addaudithook(
    lambda event, arguments: opened.append(arguments[0])
    if event == "open" and isinstance(arguments[1], str) and arguments[1] != "r"
    and arguments[1] != "rb" else None
)
import zeus_bso
assert threading.active_count() == 1
assert handlers == [signal.getsignal(each) for each in signal.valid_signals()]
assert not opened, opened
"""


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-B", *arguments], capture_output=True, text=True, check=False
    )


class RootTest(unittest.TestCase):
    def test_names(self) -> None:
        for name in zeus_bso.__all__:
            self.assertTrue(hasattr(zeus_bso, name), name)
        from zeus_bso.client import Client

        self.assertIs(zeus_bso.Client, Client)

    def test_importing_it_needs_little_and_starts_nothing(self) -> None:
        done = run("-c", IMPORT)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_command_names_what_is_missing(self) -> None:
        for missing, arguments in (("click", "--help"), ("rich", "jobs")):
            script = f"""
import runpy, sys
sys.modules[{missing!r}] = None
sys.argv = ["zeus-bso", {arguments!r}]
runpy.run_module("zeus_bso.cli", run_name="__main__")
"""
            done = run("-c", script)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(
                done.stderr,
                f"Error: {missing} is not installed; the command needs "
                "pip install 'zeus-bso[cli]'\n",
            )


class ErrorsTest(unittest.TestCase):
    def test_they_have_one_root(self) -> None:
        for error, old in (
            (LocalServerError("a"), RuntimeError),
            (NvmlError("a"), RuntimeError),
            (errors.ForkedError("a"), RuntimeError),
            (exceptions.ZeusBSOConfigError("a"), exceptions.ZeusBSOError),
        ):
            self.assertIsInstance(error, errors.ZeusBsoError)
            self.assertIsInstance(error, old)
            self.assertEqual((str(error), error.message), ("a", "a"))
            self.assertIsNone(error.code)
            self.assertEqual((error.reason, dict(error.metadata)), ("", {}))

    def test_they_can_be_pickled(self) -> None:
        call = errors.JobNotFoundError(
            grpc.StatusCode.NOT_FOUND,
            "there is no job",
            reason="JOB_NOT_FOUND",
            metadata={"job_id": "a"},
        )
        for error in (call, NvmlError("a"), exceptions.ZeusBSOTrainFailError("a")):
            same = pickle.loads(pickle.dumps(error))
            self.assertIs(type(same), type(error))
            self.assertEqual(str(same), str(error))
            self.assertEqual(vars(same), vars(error))


if __name__ == "__main__":
    unittest.main()
