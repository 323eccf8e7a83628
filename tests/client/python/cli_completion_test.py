"""Tests of the command line: what a shell completes."""

import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

from cli_case import COMMAND, CliCase, environment
from server_case import free_port, make_spec


class CompletionTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("night-1", "night-2", "day"):
            self.client.register_job(make_spec(name))
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        program = self.directory / "zeus-bso"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
        program.chmod(0o755)

    def complete(self, *words: str, server: str = "") -> list[str]:
        """What bash offers for the last of these words."""
        script = f"""
            eval "$(zeus-bso completion bash)"
            COMP_WORDS=({shlex.join(("zeus-bso", *words))})
            COMP_CWORD={len(words)}
            _zeus_bso_completion zeus-bso
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        env = environment(ZEUS_BSO_SERVER=server or self.address)
        done = subprocess.run(
            ["bash", "-c", script],
            env={**env, "PATH": f"{self.directory}:{env['PATH']}"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_job_ids(self) -> None:
        self.assertEqual(self.complete("job", "ni"), ["night-1", "night-2"])
        self.assertEqual(self.complete("watch", "day"), ["day"])
        self.assertEqual(self.complete("report", "none"), [])

    def test_job_ids_of_the_server_that_is_named(self) -> None:
        nobody = f"127.0.0.1:{free_port()}"
        words = ("--server", self.address, "arms", "d")
        self.assertEqual(self.complete(*words, server=nobody), ["day"])

    def test_nothing_where_the_server_cannot_be_reached(self) -> None:
        nobody = f"127.0.0.1:{free_port()}"
        self.assertEqual(self.complete("job", "ni", server=nobody), [])

    def test_fields_to_set(self) -> None:
        # bash makes three words of beta_knob=3.
        words = ("set", "day", "beta_knob", "=", "3")
        self.assertEqual(
            self.complete(*words, "ma"),
            ["max_epochs=", "max_failures_per_batch_size=", "max_power="],
        )
        self.assertEqual(self.complete(*words[:-1]), [])
        self.assertEqual(self.complete(*words), [])
        self.assertIn("compopt -o nospace", self.output("completion", "bash"))

    def test_batch_sizes_to_reset(self) -> None:
        self.assertEqual(self.complete("reset", "day", ""), ["8", "16", "32"])
        self.assertEqual(self.complete("reset", "day", "1"), ["16"])
        self.assertEqual(self.complete("reset", "none", ""), [])

    def test_commands_and_options(self) -> None:
        self.assertEqual(self.complete("tri"), ["trials"])
        self.assertIn("--status", self.complete("trials", "day", "--s"))
        self.assertEqual(
            self.complete("trials", "day", "--status", "F"),
            ["FAILED"],
        )

    def test_scripts_of_other_shells(self) -> None:
        for shell, says in (
            ("zsh", "compdef _zeus_bso_completion zeus-bso"),
            ("fish", "complete --no-files --command zeus-bso"),
        ):
            self.assertIn(says, self.output("completion", shell))
        self.run_cli("completion", "tcsh", code=2)


if __name__ == "__main__":
    unittest.main()
