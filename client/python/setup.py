"""Adds the generated modules to the wheel and to the source distribution, from which a
wheel is made without the protos; all else is in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

sys.path.insert(0, str(Path(__file__).parent))

from generate_stubs import PROTOS, generate  # noqa: E402


class BuildWithStubs(build_py):
    """Makes zeus_bso.v1 where the other packages were copied to."""

    def run(self) -> None:
        super().run()
        if (PROTOS / "zeus").exists():
            generate(Path(self.build_lib))


class SourcesWithStubs(sdist):
    """The same in a source distribution."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        generate(Path(base_dir))


setup(cmdclass={"build_py": BuildWithStubs, "sdist": SourcesWithStubs})
