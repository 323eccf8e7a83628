"""Tests of the command line: watching a job, through a pipe and on a terminal."""

import json
import unittest

from cli_case import CliCase
from server_case import await_summary, make_spec
from zeus_bso.types import Policy, TrialFailure


class PipeTest(CliCase):
    def test_a_line_for_each_event(self) -> None:
        self.client.register_job(make_spec(num_pruning_rounds=0))
        process = self.start_cli("watch", "job")
        assert process.stdout is not None
        self.assertIn("stage PRUNING, 0 running", process.stdout.readline())
        trial = self.client.start_trial("job")
        self.client.report_result(
            trial, metric=0.25, epoch=3, time_seconds=1, energy_joules=2
        )
        self.client.end_trial(trial, TrialFailure.CANCELLED)
        self.train()
        self.client.delete_job("job")
        written = process.stdout.read()
        self.assertEqual(process.wait(60), 0)
        self.assertNotIn("\x1b", written)
        for expected in (
            "stage MAB",
            "arm of batch size 32: mean cost nothing yet J, of 0 results",
            f"trial 1 started: batch size {trial.batch_size}, MAB",
            f"trial 1 reported: batch size {trial.batch_size}, epoch 3, metric 0.25",
            f"trial 1 ended: batch size {trial.batch_size}, failed: CANCELLED",
            "converged, 1 s, 100 J",
        ):
            self.assertIn(expected, written)
        self.assertIn("the job was deleted", written.splitlines()[-1])

    def test_a_job_of_curves(self) -> None:
        spec = make_spec(policy=Policy.CURVES, beta_knob=None)  # Nothing is stopped.
        self.client.register_job(spec)
        process = self.start_cli("watch", "job")
        assert process.stdout is not None
        state = process.stdout.readline()
        self.assertIn("policy CURVES, 0 running, nothing has converged yet", state)
        self.train()
        with self.client.trial("job") as trial:
            trial.report(0.1, epoch=1, time_seconds=0.01, energy_joules=1)
        self.client.delete_job("job")
        written = process.stdout.read()
        self.assertEqual(process.wait(60), 0)
        self.assertIn("trial 1 started: batch size 16, FIRST", written)
        self.assertRegex(
            written,
            r"trial 2 ended: batch size \d+, failed: NOT_CONVERGED, after 1 epoch\n",
        )
        self.assertNotIn("stage", written)
        self.assertNotIn("arm", written)

    def test_warnings_and_summaries(self) -> None:
        spec = make_spec(policy=Policy.CURVES, beta_knob=1.1)
        self.client.register_job(spec)
        process = self.start_cli("watch", "job")
        assert process.stdout is not None
        self.assertIn("policy CURVES, 0 running", process.stdout.readline())
        # What is the case already is shown at once, and then not again.
        known = process.stdout.readline()
        self.assertRegex(
            known, r"^ +1  warning BETA_TOO_LOW: beta_knob is .* Register a"
        )
        for _ in range(3):
            self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        self.train()
        await_summary(self.client)
        read: list[str] = []
        while not read or "summary as of trial 4" not in read[-1]:
            read.append(process.stdout.readline())
        self.client.delete_job("job")
        process.stdout.read()
        self.assertEqual(process.wait(60), 0)
        written = "".join(read)
        self.assertEqual(written.count("warning NOT_CONVERGING: The last 3 results"), 1)
        self.assertEqual(written.count("warning NOT_CONVERGING has ended"), 1)
        self.assertNotIn("BETA_TOO_LOW", written)
        self.assertRegex(
            read[-1],
            r"summary as of trial 4: best is batch size \d+ with a probability",
        )

    def test_as_json_lines(self) -> None:
        self.client.register_job(make_spec(num_pruning_rounds=0))
        process = self.start_cli("watch", "job", "--json")
        assert process.stdout is not None
        state = json.loads(process.stdout.readline())
        self.assertEqual(state["present_state"]["job"]["spec"]["job_id"], "job")
        self.assertEqual(state["present_state"]["arms"], [])
        self.assertIs(state["present_state"]["missed_changes"], False)
        trial = self.client.start_trial("job")
        self.client.report_result(
            trial, metric=float("nan"), epoch=3, time_seconds=1, energy_joules=2
        )
        self.client.end_trial(trial)
        for _ in range(2):
            self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        lines = [""]
        while '"summary_changed"' not in lines[-1]:
            lines.append(process.stdout.readline())
        self.client.delete_job("job")
        lines = lines[1:] + process.stdout.read().splitlines()
        events = [json.loads(line) for line in lines]
        self.assertEqual(process.wait(60), 0)
        found = {name: value for event in events for name, value in event.items()}
        self.assertEqual({each["job_uid"] for each in events}, {state["job_uid"]})
        self.assertEqual(found["stage_changed"], "MAB")
        self.assertEqual(found["arm_refit"]["num_observations"], 0)
        self.assertEqual(found["trial_started"]["status"], "DISPATCHED")
        self.assertEqual(found["trial_reported"]["current_epoch"], 3)
        self.assertEqual(found["trial_reported"]["metric"], "NaN")
        self.assertEqual(found["trial_ended"]["failure"], "FAILED")
        # Another one may be of a size that was drawn three times.
        warning = found["warnings_changed"]["warnings"][0]
        self.assertEqual(warning["reason"], "NOT_CONVERGING")
        self.assertGreater(len(warning["advice"]), 0)
        self.assertIsNone(warning["trial_number"])
        self.assertGreaterEqual(found["summary_changed"]["last_trial_number"], 1)
        self.assertIsNone(found["summary_changed"]["best_batch_size"])
        self.assertIn("job_deleted", events[-1])


class TerminalTest(CliCase):
    def test_a_table_that_is_kept_up_to_date(self) -> None:
        self.client.register_job(make_spec(num_pruning_rounds=0))
        terminal = self.on_terminal("watch", "job")
        terminal.read_until("PRUNING")
        self.assertIn("\x1b[?25l", terminal.raw)  # Hides the cursor.
        trial = self.client.start_trial("job")
        terminal.read_until("Running")
        terminal.read_until("believed mean cost/J")
        self.client.report_result(
            trial, metric=0.4321, epoch=7, time_seconds=0, energy_joules=13579 * 2
        )
        terminal.read_until("0.4321")
        self.assertIn("13,579", terminal.text)
        self.client.end_trial(trial, TrialFailure.FAILED)
        terminal.read_until("failed: FAILED")
        self.train(cost=4242)
        terminal.read_until("4,242 J, of batch size")
        self.client.delete_job("job")
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("job (deleted)", terminal.text)
        self.assertIn("\x1b[?25h", terminal.raw)  # Shows it again.

    def test_a_table_of_a_job_of_curves(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        terminal = self.on_terminal("watch", "job")
        terminal.read_until("CURVES")
        self.client.start_trial("job")
        terminal.read_until("FIRST")
        self.train(cost=4242)
        terminal.read_until("4,242 J, of batch size")
        terminal.read_until("as of trial 2")
        for _ in range(3):
            self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        terminal.read_until("NOT_CONVERGING: The last 3 results")
        self.client.delete_job("job")
        self.assertEqual(terminal.wait(), 0)
        self.assertNotIn("stage", terminal.text)
        self.assertNotIn("Arms", terminal.text)

    def test_ctrl_c(self) -> None:
        self.client.register_job(make_spec())
        terminal = self.on_terminal("watch", "job")
        terminal.read_until("PRUNING")
        terminal.write("\x03")
        self.assertEqual(terminal.wait(), 130)
        self.assertNotIn("Traceback", terminal.text)
        self.assertIn("\x1b[?25h", terminal.raw)

    def test_many_arms_and_running_trials(self) -> None:
        sizes = list(range(1, 41))
        self.client.register_job(
            make_spec(batch_sizes=sizes, default_batch_size=1, num_pruning_rounds=0)
        )
        terminal = self.on_terminal("watch", "job")
        terminal.read_until("PRUNING")
        for _ in range(12):
            self.client.start_trial("job")
        terminal.read_until("the best 12 of 40")
        terminal.read_until("Running, the last 8")


if __name__ == "__main__":
    unittest.main()
