"""Adds the generated modules to the wheel; all else is in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent))

from generate_stubs import generate  # noqa: E402


class BuildWithStubs(build_py):  # type: ignore[misc]
    """Makes zeus_bso.v1 where the other packages were copied to."""

    def run(self) -> None:
        super().run()
        generate(Path(self.build_lib))


setup(cmdclass={"build_py": BuildWithStubs})
