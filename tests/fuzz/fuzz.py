"""Runs fuzz targets, one after the other, and says what they did and found.

Each begins with its kept corpus, its seeds and what earlier runs came upon. New inputs go to
BUILD/found/TARGET, those that show a defect to BUILD/findings. --keep merges the former into the
kept corpus.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# Entropic scheduling takes longer than the target, with as many features as there are. Leaks are
# left to the replay of the corpus under the address sanitizer: gRPC allocates on threads of its
# own at any time.
OPTIONS = ["-max_len=1024", "-entropic=0", "-detect_leaks=0", "-print_funcs=0"]
ENVIRONMENT = {
    **os.environ,
    "ASAN_OPTIONS": "malloc_context_size=8:quarantine_size_mb=16",
}


@dataclasses.dataclass(frozen=True)
class Target:
    """One executable, with where its inputs are."""

    binary: pathlib.Path

    @property
    def name(self) -> str:
        """Also names its directories."""
        return self.binary.name

    @property
    def kept(self) -> pathlib.Path:
        """The kept corpus."""
        return HERE / "corpus" / self.name

    @property
    def found(self) -> pathlib.Path:
        """What earlier runs came upon."""
        return self.binary.parent / "found" / self.name

    def corpora(self) -> list[str]:
        """All directories with inputs; the fuzzer writes to the first."""
        self.found.mkdir(parents=True, exist_ok=True)
        seeds = self.binary.parent / "seeds" / self.name
        return [str(path) for path in (self.found, self.kept, seeds) if path.is_dir()]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run did."""

    executions: int
    edges: tuple[int, int]  # At its start and at its end.
    failed: bool


def run(target: Target, seconds: int, findings: pathlib.Path) -> Outcome:
    """Fuzzes for so long, or until something is found."""
    command = [
        str(target.binary),
        *OPTIONS,
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
    ]
    command += [f"-artifact_prefix={findings}/{target.name}-", *target.corpora()]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        executions, edges = 0, []
        assert process.stderr is not None
        for line in process.stderr:
            if not re.match(r"#\d+\s+(NEW|REDUCE)|INFO: ", line):
                print(line, end="", flush=True)
            if progress := re.match(
                r"#\d+\s+(?:INITED|pulse|NEW|REDUCE|DONE)\s+cov: (\d+)", line
            ):
                edges.append(int(progress[1]))
            if stat := re.match(r"stat::number_of_executed_units:\s+(\d+)", line):
                executions = int(stat[1])
    first, last = (edges[0], edges[-1]) if edges else (0, 0)
    return Outcome(executions, (first, last), failed=process.returncode != 0)


def keep(target: Target) -> None:
    """Makes the kept corpus the smallest one that reaches what it and the found inputs reach."""
    merged = target.found.with_name(target.name + ".merged")
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    command = [
        str(target.binary),
        "-set_cover_merge=1",
        "-use_counters=0",
        *OPTIONS,
        str(merged),
    ]
    subprocess.run(
        [*command, *target.corpora()],
        env=ENVIRONMENT,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    shutil.rmtree(target.kept, ignore_errors=True)
    shutil.copytree(merged, target.kept)
    files = list(target.kept.iterdir())
    size = sum(file.stat().st_size for file in files)
    print(f"{target.name}: {len(files)} inputs of {size} bytes are kept")


def main() -> int:
    """Answers 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "seconds", type=int, nargs="?", default=60, help="for each target"
    )
    parser.add_argument(
        "--build", type=pathlib.Path, required=True, help="where the targets are"
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep inputs that reach more"
    )
    parser.add_argument(
        "--target", action="append", help="only this one; may be repeated"
    )
    arguments = parser.parse_args()
    findings = arguments.build / "findings"
    findings.mkdir(exist_ok=True)
    targets = [
        Target(binary.resolve()) for binary in sorted(arguments.build.glob("*_fuzz"))
    ]
    targets = [
        one for one in targets if not arguments.target or one.name in arguments.target
    ]
    outcomes = {}
    for target in targets:
        print(f"== {target.name}", flush=True)
        outcomes[target.name] = run(target, arguments.seconds, findings)
    if arguments.keep:
        for target in targets:
            keep(target)
    for name, outcome in outcomes.items():
        what = "FAILED" if outcome.failed else "nothing found"
        first, last = outcome.edges
        print(
            f"{name}: {outcome.executions} executions, {first} -> {last} edges, {what}"
        )
    if failed := [name for name, outcome in outcomes.items() if outcome.failed]:
        print(
            f"{', '.join(failed)}: see {findings}; tests/fuzz/README.md says how to go on"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
