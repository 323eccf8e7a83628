"""Tests that docs/cli.md names all commands, options and exit codes there are."""

import unittest
from pathlib import Path

import click
from zeus_bso.cli.exits import ExitCode
from zeus_bso.cli.main import COMMANDS, cli

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"


class CliDocumentTest(unittest.TestCase):
    def setUp(self) -> None:
        self.text = DOCUMENT.read_text()

    def test_commands_and_options(self) -> None:
        context = click.Context(cli)
        commands = [cli.get_command(context, name) for name in COMMANDS]
        for name in COMMANDS:
            self.assertRegex(self.text, rf"`{name}[ `]")
        for command in (cli, *commands):
            assert command is not None
            for parameter in command.params:
                if isinstance(parameter, click.Option):
                    for option in parameter.opts:
                        self.assertIn(option, self.text)

    def test_exit_codes(self) -> None:
        for code in ExitCode:
            self.assertIn(f"\n| {code.value} | ", self.text)


if __name__ == "__main__":
    unittest.main()
