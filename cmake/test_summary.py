"""Prints which files took longest to compile, which tests took longest to run, which
passed only when they were run again, and the ends of what failed tests printed.

The exit status is 1 if a sanitizer has found something in a run that was repeated.
"""

import argparse
import re
import sys
import xml.etree.ElementTree
from pathlib import Path

COUNT = 10
LINES = 30

# What a sanitizer prints when it has found something.
SANITIZER = re.compile(r"(Address|Leak|Thread)Sanitizer|runtime error: ")


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


def failed_once(log: Path) -> dict[str, str]:
    """The tests that failed and then passed, and what the first run printed, by the log
    of CTest's last run."""
    runs = re.findall(
        r"^\d+/\d+ Testing: (.*?)\n(.*?)^Test (Passed|Failed)\.$",
        log.read_text(errors="replace"),
        re.MULTILINE | re.DOTALL,
    )
    passed = {name for name, _, outcome in runs if outcome == "Passed"}
    return {
        name: output
        for name, output, outcome in runs
        if outcome == "Failed" and name in passed
    }


def show_failures(cases: list[xml.etree.ElementTree.Element]) -> None:
    for case in cases:
        if case.find("failure") is None:
            continue
        lines = (case.findtext("system-out") or "").splitlines()
        print(f"failed: {case.attrib['name']}; the end of what it printed:")
        for line in lines[-LINES:]:
            print(f"  {line}")


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
    cases = list(xml.etree.ElementTree.parse(options.tests).getroot().iter("testcase"))
    show("tests", {case.attrib["name"]: float(case.attrib["time"]) for case in cases})
    status = 0
    log = options.build / "Testing/Temporary/LastTest.log"
    for name, output in sorted(failed_once(log).items()):
        print(f"passed only when it was run again: {name}")
        if SANITIZER.search(output):
            print(f"a sanitizer's finding, which counts all the same:\n{output}")
            status = 1
    show_failures(cases)
    return status


if __name__ == "__main__":
    sys.exit(main())
