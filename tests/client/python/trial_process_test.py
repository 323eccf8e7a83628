"""Tests of trials and processes: forks, and signals at the start and at the end."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import unittest

from server_case import ServerCase, make_spec
from tcp_proxy import TcpProxy
from zeus_bso.types import Trial, TrialFailure, TrialStatus

PRELUDE = """
import os, select, signal, sys, threading
from zeus_bso.client import Client

def say(text):
    print(text, flush=True)

# A read that begins just after a signal would not be interrupted by it.
def await_line():
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        pass
    sys.stdin.readline()

# Ignored where the tests run in the background of a shell.
signal.signal(signal.SIGINT, signal.default_int_handler)
client = Client(sys.argv[1])
"""


class ProcessCase(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)
        self.client.register_job(make_spec(max_failures_per_batch_size=0))

    def last_trial(self) -> Trial:
        return list(self.client.list_trials("job"))[-1]

    def start(self, script: str, address: str = "") -> "subprocess.Popen[str]":
        """Runs PRELUDE and the script."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", PRELUDE + textwrap.dedent(script)),
                address or self.server.address,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        timer = threading.Timer(60, self.kill, [process])  # Then readline ends.
        timer.start()
        self.addCleanup(process.communicate)
        self.addCleanup(self.kill, process)
        self.addCleanup(timer.cancel)
        return process

    def kill(self, process: "subprocess.Popen[str]") -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)  # Its children as well.
        except ProcessLookupError:
            pass

    def expect(self, process: "subprocess.Popen[str]", *lines: str) -> None:
        assert process.stdout is not None
        for line in lines:
            self.assertEqual(process.stdout.readline(), line + "\n")


class ForkTest(ProcessCase):
    def test_a_child_that_exits(self) -> None:
        for ending in ("sys.exit(7)", "raise SystemExit(7)", "client.close(), exit(7)"):
            with self.subTest(ending):
                process = self.start(
                    f"""
                    with client.trial("job"):
                        child = os.fork()
                        if not child:
                            {ending}
                        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                        await_line()
                    """
                )
                self.expect(process, "7")
                self.assertEqual(self.last_trial().status, TrialStatus.DISPATCHED)
                _, error = process.communicate("\n", timeout=60)
                self.assertEqual(process.returncode, 0, error)
                failure = self.last_trial().failure
                self.assertEqual(failure, TrialFailure.NOT_CONVERGED)

    def test_a_child_of_an_optimizer(self) -> None:
        process = self.start(
            """
            from zeus_bso.monitor import FixedPowerMonitor
            from zeus_bso.optimizer.batch_size import BatchSizeOptimizer, JobSpec
            job = JobSpec(job_id="other", batch_sizes=[8], default_batch_size=8,
                          max_power=1, number_of_gpus=1, gpu_model="none")
            monitor = FixedPowerMonitor(watts=100)
            optimizer = BatchSizeOptimizer(monitor, sys.argv[1], job)
            optimizer.get_batch_size()
            child = os.fork()
            if not child:
                sys.exit(7)
            say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            await_line()
            raise MemoryError
            """
        )
        self.expect(process, "7")
        (trial,) = self.client.list_trials("other")
        self.assertEqual(trial.status, TrialStatus.DISPATCHED)
        process.communicate("\n", timeout=60)
        (trial,) = self.client.list_trials("other")
        self.assertEqual(trial.failure, TrialFailure.INFEASIBLE)

    def test_sigterm_in_a_child(self) -> None:
        process = self.start(
            """
            with client.trial("job"):
                child = os.fork()
                if not child:
                    os.kill(os.getpid(), signal.SIGTERM)
                    say("not killed")
                say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                await_line()
            """
        )
        self.expect(process, "-15")
        self.assertEqual(self.last_trial().status, TrialStatus.DISPATCHED)
        process.communicate("\n", timeout=60)


class SecondSignalTest(ProcessCase):
    # The end waits for a line of the test, so that a signal arrives before it is sent.
    SCRIPT = """
        end_trial = client.end_trial
        def end(*arguments):
            say("ends")
            await_line()
            end_trial(*arguments)
        client.end_trial = end
        with client.trial("job"):
            say("trains")
            await_line()
        """

    def test_sigterm(self) -> None:
        process = self.start(self.SCRIPT)
        self.expect(process, "trains")
        process.terminate()
        self.expect(process, "ends")
        process.terminate()
        process.communicate("\n", timeout=60)
        self.assertEqual(process.returncode, 143)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    def test_ctrl_c(self) -> None:
        process = self.start(self.SCRIPT)
        self.expect(process, "trains")
        process.send_signal(signal.SIGINT)
        self.expect(process, "ends")
        process.send_signal(signal.SIGINT)
        self.expect(process, "ends")
        process.communicate("\n", timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    def test_the_first_one_while_it_ends_after_an_exception(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                process = self.start(self.SCRIPT + "    raise ValueError\n")
                self.expect(process, "trains")
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
                self.expect(process, "ends")
                process.send_signal(number)
                self.expect(process, "ends")
                process.communicate("\n", timeout=60)
                self.assertEqual(self.last_trial().failure, TrialFailure.FAILED)


class StartTest(ProcessCase):
    def test_a_signal_while_it_is_started(self) -> None:
        proxy = self.enterContext(TcpProxy(self.server.address))
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                process = self.start(
                    """
                    await_line()
                    with client.trial("job"):
                        say("trains")
                    """,
                    proxy.address,
                )
                # In the answer that has the trial, and in no earlier one.
                proxy.delay_answer(f"-{process.pid}-".encode(), 2.0)
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
                end = time.monotonic() + 60
                while not proxy.has_lost() and time.monotonic() < end:
                    time.sleep(0.01)
                process.send_signal(number)
                output, error = process.communicate(timeout=60)
                self.assertEqual(output, "", error)
                self.assertNotEqual(process.returncode, 0)
                trial = self.last_trial()
                self.assertIn(f"-{process.pid}-", trial.client_id)
                self.assertEqual(trial.failure, TrialFailure.CANCELLED)
        self.assertEqual(len(list(self.client.list_trials("job"))), 2)


class OverlapTest(ProcessCase):
    def test_sigterm_once_the_first_has_ended(self) -> None:
        process = self.start(
            """
            first, second = client.trial("job"), client.trial("job")
            first.__enter__()
            with second:
                first.__exit__(None, None, None)
                say("trains")
                await_line()
            """
        )
        self.expect(process, "trains")
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    def test_the_default_comes_back_after_the_last(self) -> None:
        first, second = self.client.trial("job"), self.client.trial("job")
        with second:
            first.__enter__()
            second.__exit__(None, None, None)
            first.__exit__(None, None, None)
        self.assertIs(signal.getsignal(signal.SIGTERM), signal.SIG_DFL)

    def test_a_child_has_a_trial_of_its_own(self) -> None:
        process = self.start(
            """
            from zeus_bso.sigterm import SigtermAsExit
            with client.trial("job"):
                child = os.fork()
                if not child:
                    own = SigtermAsExit()
                    own.install()
                    try:
                        os.kill(os.getpid(), signal.SIGTERM)
                    finally:
                        os._exit(9)
                say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        )
        self.expect(process, "9")
        process.communicate(timeout=60)


if __name__ == "__main__":
    unittest.main()
