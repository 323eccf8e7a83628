"""Prints which files took longest to compile and which tests took longest to run."""

import argparse
import re
import sys
import xml.etree.ElementTree
from pathlib import Path

COUNT = 10


def sources(build: Path, output: str) -> str:
    """The object file's name, with the files that were compiled as one into it."""
    unity = build / output.removesuffix(".o")
    if unity.parent.name != "Unity" or not unity.exists():
        return output
    names = re.findall(r'#include ".*/(.+)"', unity.read_text())
    return f"{Path(output).parent.parent}: {', '.join(names)}"


def compile_times(build: Path) -> dict[str, float]:
    """Seconds that each object file took in its last build, by its sources."""
    seconds = {}
    for line in (build / ".ninja_log").read_text().splitlines()[1:]:
        start, end, _, output, _ = line.split("\t")
        if output.endswith(".o"):
            seconds[sources(build, output)] = (int(end) - int(start)) / 1000
    return seconds


def test_times(junit: Path) -> dict[str, float]:
    """Seconds that each test took, by its name."""
    cases = xml.etree.ElementTree.parse(junit).getroot().iter("testcase")
    return {case.attrib["name"]: float(case.attrib["time"]) for case in cases}


def show(what: str, seconds: dict[str, float]) -> None:
    total = sum(seconds.values())
    print(f"slowest of {len(seconds)} {what}, which took {total:.0f} s together:")
    for name in sorted(seconds, key=seconds.__getitem__, reverse=True)[:COUNT]:
        print(f"{seconds[name]:8.1f} s  {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, help="a build directory of Ninja")
    parser.add_argument("tests", type=Path, help="what ctest --output-junit wrote")
    options = parser.parse_args()
    show("files to compile", compile_times(options.build))
    show("tests", test_times(options.tests))
    return 0


if __name__ == "__main__":
    sys.exit(main())
