"""Tests of the wheel: it is built, installed and used as users do, away from the tree."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import zeus_bso
from server_case import ServerCase, make_spec

ROOT = Path(__file__).resolve().parent.parent.parent.parent

# There is nothing in it.
WITHOUT_PROTOC = "/nonexistent"

# What the README leaves to its reader.
TRAIN_ONE_EPOCH = """
metrics = iter([0.5, 0.9, 0.96])
def train_one_epoch(batch_size):
    assert batch_size == 128
    return next(metrics)
"""

# `zeus-bso --help`, which imports all commands, without the modules of packages that
# the wheel and its extra "cli" do not require.
HELP_OF_THE_EXTRA = """
import re, sys
from importlib import metadata

def required(name):
    names = {name}
    for line in metadata.requires(name) or ():
        wanted = name == "zeus-bso" and "extra == 'cli'" in line.replace('"', "'")
        if wanted or "; " not in line:
            names |= required(re.match(r"[\\w.-]+", line)[0])
    return names

packages = required("zeus-bso")
allowed = set(sys.stdlib_module_names) | {
    module
    for module, names in metadata.packages_distributions().items()
    if packages.intersection(names)
}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"{name} is not required", name=name)

sys.meta_path.insert(0, Blocker())
sys.argv = ["zeus-bso", "--help"]
from zeus_bso.cli.main import main
sys.exit(main())
"""


def run(*command: str | Path) -> str:
    """The output of a command that sees no modules but those installed."""
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONPATH"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


class WheelTest(ServerCase):
    python: Path
    wheel: Path
    wheel_of_tree: Path

    @classmethod
    def setUpClass(cls) -> None:
        directory = cls.enterClassContext(tempfile.TemporaryDirectory())
        tree = Path(directory, "tree")  # Building leaves files behind.
        shutil.copytree(ROOT / "proto", tree / "proto")
        shutil.copytree(ROOT / "client/python", tree / "client/python")
        pip = [sys.executable, "-m", "pip"]
        offline = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
        wheel = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir"]
        run(*wheel, f"{directory}/of_tree", tree / "client/python")
        run(
            *("sh", "-c", 'cd "$1" && shift && exec "$@"', "sh"),
            *(tree / "client/python", sys.executable, "-W", "ignore", "setup.py"),
            *("--quiet", "sdist", f"--dist-dir={directory}"),
        )
        (sources,) = Path(directory).glob("zeus-bso-*.tar.gz")
        run("env", f"PATH={WITHOUT_PROTOC}", *wheel, directory, sources)
        venv = Path(directory, "venv")
        run(
            sys.executable,
            "-m",
            "venv",
            "--system-site-packages",
            "--without-pip",
            venv,
        )
        cls.python = venv / "bin" / "python"
        (cls.wheel,) = Path(directory).glob("zeus_bso-*.whl")
        (cls.wheel_of_tree,) = Path(directory, "of_tree").glob("zeus_bso-*.whl")
        run(*pip, f"--python={cls.python}", "install", *offline, cls.wheel)

    def test_it_is_the_same_from_the_sources_and_from_the_tree(self) -> None:
        names = [
            sorted(zipfile.ZipFile(each).namelist())
            for each in (self.wheel, self.wheel_of_tree)
        ]
        self.assertEqual(*names)
        self.assertIn("zeus_bso/v1/resources_pb2.py", names[0])

    def test_the_readmes_training_loop(self) -> None:
        for path in (ROOT / "README.md", ROOT / "tests/docs/older/readme.md"):
            with self.subTest(path):
                address = self.start_server().address
                (loop,) = re.findall(
                    r"```python\n(.*?)```", path.read_text(), re.DOTALL
                )
                self.assertIn("127.0.0.1:50051", loop)
                loop = loop.replace("127.0.0.1:50051", address)
                run(self.python, "-c", TRAIN_ONE_EPOCH + loop)
                (trial,) = self.connect(address).list_trials("digits")
                self.assertTrue(trial.converged)
                self.assertEqual(trial.batch_size, 128)

    def test_the_command(self) -> None:
        address = self.start_server().address
        self.connect(address).register_job(make_spec())
        command = self.python.with_name("zeus-bso")
        self.assertIn("job", run(command, "--server", address, "jobs"))

    def test_the_command_needs_only_what_its_extra_requires(self) -> None:
        self.assertIn("simulate ", run(self.python, "-c", HELP_OF_THE_EXTRA))

    def test_it_has_the_projects_version(self) -> None:
        (version,) = re.findall(
            r"project\(zeus-bso VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()
        )
        program = "from importlib.metadata import version; print(version('zeus-bso'))"
        self.assertEqual(run(self.python, "-c", program).strip(), version)
        self.assertEqual(zeus_bso.__version__, version)

    def test_it_is_typed_and_whole(self) -> None:
        program = """
import importlib, zeus_bso
from pathlib import Path
(package,) = map(Path, zeus_bso.__path__)
assert (package / "py.typed").exists()
for path in package.rglob("*.py"):
    name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
    print(name.removesuffix(".__init__"))
    if "integrations" not in path.parts:
        importlib.import_module(name)
"""
        modules = run(self.python, "-c", program).split()
        self.assertIn("zeus_bso.v1.resources_pb2", modules)
        self.assertIn("zeus_bso.optimizer.batch_size", modules)
        self.assertIn("zeus_bso.integrations.huggingface", modules)


if __name__ == "__main__":
    unittest.main()
