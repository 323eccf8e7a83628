"""Tests of the command `simulate`."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Sequence

from cli_case import COMMAND, Terminal, environment, run_in_process
from server_case import SERVER_BINARY, ServerCase, free_port
from simulation_case import CIFAR, LIBRISPEECH, POWER, TRAIN


def run(
    *arguments: str, group: Sequence[str] = (), **changes: str
) -> "subprocess.CompletedProcess[str]":
    """Runs the command to its end, on the traces unless arguments name others."""
    options = {"--train": TRAIN, "--power": POWER, "--gpu": "V100"}
    traces = [
        f"{option}={value}"
        for option, value in options.items()
        if option not in {argument.split("=")[0] for argument in arguments}
    ]
    return run_in_process(
        [*group, "simulate", *traces, *arguments], "", environment(**changes)
    )


class UsageTest(unittest.TestCase):
    def assert_refused(self, status: int, message: str, *arguments: str) -> None:
        result = run(*arguments)
        self.assertEqual(result.stdout, "")
        self.assertIn(message, " ".join(result.stderr.split()))
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(result.returncode, status)

    def test_lists_workloads(self) -> None:
        result = run()
        self.assertEqual(result.stdout, f"{CIFAR}\n{LIBRISPEECH}\n")
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        self.assertEqual(json.loads(run("--json").stdout), [CIFAR, LIBRISPEECH])
        self.assert_refused(2, "either --json or --markdown", "--json", "--markdown")

    def test_wrong_usage(self) -> None:
        self.assert_refused(2, f"'d/n/o', but {CIFAR}, {LIB}", "--workload", "d/n/o")
        self.assert_refused(2, "'5-1' is not a range of 1 to", "--seed", "5-1")
        self.assert_refused(2, "'x' is not a number such as 1", "--seed", "x")
        self.assert_refused(2, "'--eta': 2.0 is not in the range", "--eta", "2")
        self.assert_refused(2, "'--beta': 0.0 is not in the range", "--beta", "0")
        self.assert_refused(2, "'--power': File", "--power", "/nowhere/power.csv")
        self.assert_refused(2, "'--policy': 'x' is not one of", "--policy", "x")
        self.assert_refused(
            *(2, "each --power needs one --gpu: there are 1 and 2", "--gpu", "A40"),
            *("--gpu", "V100"),
        )
        self.assert_refused(
            *(2, "need one --workload", "--workload", "all", "--max-epochs", "5")
        )

    def test_traces_that_cannot_be_used(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "power.csv"
            path.write_text(POWER.read_text().replace("250,7.69,", "250,fast,"))
            message = (
                f"{path}:13: column 'time_per_epoch' must be a finite number above"
            )
            self.assert_refused(
                2, f"Error: {message} 0, not 'fast'", "--power", str(path)
            )
        self.assert_refused(
            2,
            f"Error: {CIFAR}: 0.7 is not a metric of the trace: 0.55, 0.6, 0.65",
            *("--workload", CIFAR, "--target-metric", "0.7"),
        )

    def test_no_server(self) -> None:
        group = ("--server", f"127.0.0.1:{free_port()}")
        result = run("--workload", CIFAR, group=group)
        self.assertIn("Cannot reach the server", result.stderr)
        self.assertEqual(result.returncode, 3)
        self.assert_refused(
            *(1, "Error: /bin/false ended at its start", "--workload", CIFAR),
            *("--server-binary", "/bin/false"),
        )


LIB = LIBRISPEECH


class SimulateTest(ServerCase):
    def test_a_running_server_is_used_only_if_the_command_line_names_it(self) -> None:
        arguments = ("--workload", CIFAR, "--recurrences=1")
        elsewhere = {"ZEUS_BSO_SERVER": f"127.0.0.1:{free_port()}"}
        done = run(*arguments, **elsewhere, PATH="/nonexistent")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no zeus-bso-server on PATH", done.stderr)
        path = f"{Path(SERVER_BINARY).parent}:{os.environ['PATH']}"
        self.assertEqual(run(*arguments, **elsewhere, PATH=path).returncode, 0)

    def test_table(self) -> None:
        arguments = ["--workload=all", "--seed=1-2", "--seed=5", "--policy=zeus"]
        first = run(*arguments, "--server-binary", SERVER_BINARY)
        self.assertEqual((first.stderr, first.returncode), ("", 0))
        for text in (
            "V100, eta 0.5, beta 2, mean ± standard deviation over seeds 1, 2, 5",
            "Cumulative regret",
            "1024 at 250 W",
            "128 at 100 W",
            "4 × 3",
            "All 2 together: means, and totals of recurrences and trainings",
        ):
            self.assertIn(text, first.stdout)
        rows = [line for line in first.stdout.splitlines() if CIFAR in line]
        self.assertEqual(len(rows), 6)
        self.assertIn(" batch size ", rows[0])
        self.assertIn(" both ", rows[1])
        self.assertFalse(set("─━│┃") & set(first.stdout))
        group = ("--server", self.start_server().address)
        second = run(*arguments, group=group)
        self.assertEqual(second.stdout, first.stdout)

    def test_policies_and_power_limits(self) -> None:
        arguments = ["--workload", CIFAR, "--recurrences", "5", "--json"]
        arguments += ["--server-binary", SERVER_BINARY]
        for options, rows in (
            ((), [("batch size", "CURVES"), ("both", "CURVES")]),
            (
                ("--policy", "both", "--power-limit", "greatest"),
                [("batch size", "ZEUS"), ("batch size", "CURVES")],
            ),
            (("--policy", "ZEUS", "--power-limit", "best"), [("both", "ZEUS")]),
        ):
            answer = json.loads(run(*arguments, *options).stdout)
            shown = [(row["knobs"], row["policy"]) for row in answer["comparisons"]]
            self.assertEqual(shown, rows)

    def test_several_gpus(self) -> None:
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        other = directory / "power.csv"
        # The greatest power limit of this GPU is 175 W; it knows one workload.
        rows = POWER.read_text().splitlines(keepends=True)
        other.write_text(
            "".join(row for row in rows if "250," not in row and "speech" not in row)
        )
        result = run(
            *("--workload=all", f"--power={POWER}", "--gpu=V100", f"--power={other}"),
            *("--gpu=P100", "--power-limit=greatest", "--recurrences=5"),
            f"--server-binary={SERVER_BINARY}",
        )
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0], "V100, P100, eta 0.5, beta 2, seed 1")
        self.assertEqual(lines[1].split()[:3], ["workload", "GPU", "policy"])
        self.assertEqual(
            [line.split()[:3] for line in lines[2:5]],
            [
                [CIFAR, "V100", "CURVES"],
                [LIBRISPEECH, "V100", "CURVES"],
                [CIFAR, "P100", "CURVES"],
            ],
        )
        self.assertIn(
            "Change against the default batch size at the greatest power limit", lines
        )
        self.assertTrue(lines[-3].startswith("All 3 together: means"))
        self.assertEqual(lines[-1].split()[:3], ["CURVES", "batch", "size"])

    def test_json(self) -> None:
        result = run(
            *("--workload", LIBRISPEECH, "--server-binary", SERVER_BINARY, "--json"),
            *("--recurrences", "12", "--seed", "3", "--eta", "1", "--beta", "3"),
            *("--target-metric", "45", "--default-batch-size", "48"),
            *("--max-epochs", "20"),
        )
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        answer = json.loads(result.stdout)
        self.assertEqual((answer["eta"], answer["beta"]), (1.0, 3.0))
        self.assertEqual(answer["seeds"], [3])
        size_alone, both = answer["comparisons"]
        self.assertEqual((size_alone["knobs"], both["knobs"]), ("batch size", "both"))
        self.assertEqual(both["default"], {"batch_size": 48, "power_limit": 250.0})
        self.assertEqual((both["target_metric"], both["max_epochs"]), (45.0, 20))
        self.assertFalse(both["higher_is_better"])
        (run_of_seed,) = both["runs"]
        curve = run_of_seed["regret_against_default"]
        self.assertEqual(len(curve), both["recurrences"])
        self.assertEqual(len(curve), 12)
        self.assertAlmostEqual(
            curve[-1]
            / (run_of_seed["server"]["cost"] - run_of_seed["default"]["cost"]),
            1.0,
        )
        self.assertAlmostEqual(
            both["change"]["energy"]["mean"],
            run_of_seed["server"]["joules"] / run_of_seed["default"]["joules"] - 1,
        )
        counts = [each["count"] for each in run_of_seed["server"]["trainings"]]
        self.assertEqual(sum(counts), both["trainings"]["mean"])

    def test_markdown(self) -> None:
        result = run(
            *("--workload", CIFAR, "--server-binary", SERVER_BINARY, "--markdown")
        )
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        tables = [part.splitlines() for part in result.stdout.split("\n\n")]
        self.assertEqual(tables[0], ["V100, eta 0.5, beta 2, seed 1:"])
        for title, table in (tables[0:2], tables[2:4], tables[4:6]):
            self.assertEqual(len(title), 1)
            self.assertEqual(len(table), 4)
            self.assertEqual(len({line.count("|") for line in table}), 1)
            self.assertEqual(set(table[1]), {"|", "-"})

    def test_names_are_shown_as_they_are(self) -> None:
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        name = "[red]n[/blue]\x1b[31m"
        options = []
        for option, path in (("--train", TRAIN), ("--power", POWER)):
            copy = directory / path.name
            copy.write_text(path.read_text().replace("shufflenetv2", name))
            options += [option, str(copy)]
        options += ["--gpu=[b]V", "--workload=all", f"--server-binary={SERVER_BINARY}"]
        options += ["--recurrences=9", "--seed=4"]
        shown = "cifar100/[red]n[/blue]\\x1b[31m/adadelta"
        piped = run(*options, FORCE_COLOR="1")
        self.assertEqual((piped.stderr, piped.returncode), ("", 0))
        self.assertNotIn("\x1b", piped.stdout)
        self.assertTrue(piped.stdout.startswith("[b]V, eta 0.5"))
        self.assertEqual(piped.stdout.count(f"\n{shown} "), 6)
        self.assertIn(f"| {shown} ", run(*options, "--markdown").stdout)
        with Terminal([*COMMAND, "simulate", *options], environment(), 200) as terminal:
            self.assertEqual(terminal.wait(), 0)
            self.assertEqual(terminal.text.count(f"{shown} "), 6)
            self.assertIn("[b]V, eta 0.5", terminal.text)

    def test_a_job_that_does_not_converge_any_more(self) -> None:
        # After the first one, each training is stopped at once.
        result = run(
            *("--workload", CIFAR, "--server-binary", SERVER_BINARY, "--beta", "0.001"),
            *("--policy", "zeus"),
        )
        self.assertEqual(result.stdout, "")
        self.assertEqual(
            result.stderr,
            f"Error: {CIFAR}: recurrence 2 has not converged in 20 trainings\n",
        )
        self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main()
