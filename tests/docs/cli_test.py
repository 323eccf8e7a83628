"""Tests that docs/cli.md names the commands, options and exit codes there are, and no
others; and that ./dev installs what the client requires.
"""

import re
import tomllib
import unittest
from pathlib import Path

import click
from zeus_bso.cli.exits import ExitCode
from zeus_bso.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "cli.md"

# Of the server, Python and jq.
OPTIONS_OF_OTHERS = {"--roles", "-m", "-r"}


class CliDocumentTest(unittest.TestCase):
    def setUp(self) -> None:
        self.text = DOCUMENT.read_text()

    def test_commands(self) -> None:
        named = set(re.findall(r"^`([a-z]+)[ `]", self.text, re.MULTILINE))
        named |= set(re.findall(r"zeus-bso(?: --\S+ \S+)* ([a-z]+) ", self.text))
        for name in COMMANDS:
            self.assertRegex(self.text, rf"`{name}[ `]")
        self.assertLessEqual(named, {*COMMANDS})

    def test_options(self) -> None:
        context = click.Context(cli)
        commands = [cli, *(cli.get_command(context, name) for name in COMMANDS)]
        options = {
            option
            for command in commands
            if command is not None
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
        }
        documented = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", self.text))
        self.assertEqual(documented - OPTIONS_OF_OTHERS, options)

    def test_exit_codes(self) -> None:
        codes = re.findall(r"^\| (\d+) \| ", self.text, re.MULTILINE)
        self.assertEqual(
            sorted(map(int, codes)), sorted(each.value for each in ExitCode)
        )


class InstallationTest(unittest.TestCase):
    def test_dev_serve_installs_what_the_client_requires(self) -> None:
        dev = (ROOT / "dev").read_text()
        serve = re.findall(r"^run_serve\(\) {\n(.*?)^}", dev, re.MULTILINE | re.DOTALL)
        needed = re.findall(r"{(\w+_PACKAGES)\[", serve[0])
        project = ROOT / "client" / "python" / "pyproject.toml"
        required = tomllib.loads(project.read_text())["project"]
        packages = set()
        for name in ("BUILD_PACKAGES", *needed):
            (listed,) = re.findall(rf"^readonly {name}=\(([^)]*)\)", dev, re.MULTILINE)
            packages |= set(listed.split())
        lines = required["dependencies"] + required["optional-dependencies"]["cli"]
        for line in lines:
            name = re.split("[<>=]", line)[0]
            self.assertIn(f"python3-{name}", packages)


if __name__ == "__main__":
    unittest.main()
