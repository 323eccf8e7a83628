"""Draws docs/pictures/beliefs.svg: what the curves policy believes of a small job.

From a checkout that has been built:

    PYTHONPATH=client/python python3 docs/pictures/beliefs.py \
        build/release/server/zeus-bso-server

It trains a made-up network on a server of its own, and asks ExplainJob.
"""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Sequence

import grpc

from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer
from zeus_bso.types import JobSpec, Policy
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as service
from zeus_bso.v1 import explanation_pb2 as api

PICTURE = Path(__file__).with_suffix(".svg")

SIZES = [8, 16, 32, 64, 128, 256, 512, 1024]
DEFAULT = 512
RECURRENCES = 4
MAX_POWER = 250.0  # In watts. The only cost, as eta_knob is 0.

# The picture, in pixels.
PANEL_WIDTH, PANEL_HEIGHT, GAP, LEFT, TOP = 236, 190, 56, 52, 66
WIDTH, HEIGHT = LEFT + 3 * PANEL_WIDTH + 2 * GAP + 24, TOP + PANEL_HEIGHT + 76
BLUE, RED, GREY, INK = "#0969da", "#cf222e", "#8c959f", "#1f2328"


def epochs_to_target(size: int) -> int:
    """More for greater sizes, which take fewer steps in an epoch."""
    return round(8 * (1 + math.pow(size / 150, 1.3)))


def epoch_seconds(size: int) -> float:
    """Less for greater sizes, until they use the whole GPU."""
    return 60 * (1 + 48 / size)


@dataclass(frozen=True)
class Run:
    """A trial that has ended."""

    size: int
    epochs: int
    converged: bool

    @property
    def epoch_cost(self) -> float:
        """In joules."""
        return epoch_seconds(self.size) * MAX_POWER


def train(client: Client) -> list[Run]:
    """Trains until a trial has converged, and that RECURRENCES times."""
    spec = JobSpec(
        job_id="job",
        batch_sizes=SIZES,
        default_batch_size=DEFAULT,
        max_power=MAX_POWER,
        number_of_gpus=1,
        gpu_model="made up",
        eta_knob=0.0,
        max_epochs=100,
        mab_seed=1,
        policy=Policy.CURVES,
    )
    client.register_job(spec)
    runs: list[Run] = []
    while sum(run.converged for run in runs) < RECURRENCES:
        with client.trial("job") as trial:
            for epoch in range(1, spec.max_epochs + 1):
                verdict = trial.report(
                    float(epoch >= epochs_to_target(trial.batch_size)),
                    epoch=epoch,
                    time_seconds=epoch * epoch_seconds(trial.batch_size),
                    energy_joules=0.0,
                )
                if verdict.stop_train:
                    break
            runs.append(Run(trial.batch_size, epoch, verdict.converged))
    return runs


class Panel:
    """A curve over the batch size, both axes logarithmic."""

    def __init__(self, index: int, title: str, low: float, high: float) -> None:
        self.left = LEFT + index * (PANEL_WIDTH + GAP)
        self.low, self.high = low, high
        self.parts = [
            f'<text class="title" x="{self.left}" y="{TOP - 12}">{title}</text>',
            f'<rect x="{self.left}" y="{TOP}" width="{PANEL_WIDTH}" '
            f'height="{PANEL_HEIGHT}" fill="none" stroke="{GREY}"/>',
        ]
        for size in SIZES:
            self.parts.append(
                f'<text class="tick" text-anchor="middle" x="{self.x(size):.1f}" '
                f'y="{TOP + PANEL_HEIGHT + 16}">{size}</text>'
            )

    def x(self, size: float) -> float:
        """In pixels."""
        octaves = math.log2(SIZES[-1] / SIZES[0])
        inner = PANEL_WIDTH - 28
        return self.left + 14 + inner * math.log2(size / SIZES[0]) / octaves

    def y(self, value: float) -> float:
        """In pixels; what is outside of the panel is at its edge."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return TOP + PANEL_HEIGHT * (1 - min(max(share, 0.0), 1.0))

    def ticks(self, values: Sequence[float], text: Callable[[float], str]) -> None:
        for value in values:
            self.parts.append(
                f'<text class="tick" text-anchor="end" x="{self.left - 6}" '
                f'y="{self.y(value) + 4:.1f}">{text(value)}</text>'
                f'<line x1="{self.left}" x2="{self.left + PANEL_WIDTH}" '
                f'y1="{self.y(value):.1f}" y2="{self.y(value):.1f}" stroke="#eaeef2"/>'
            )

    def belief(self, estimates: Sequence[Any]) -> None:
        """The curve, with a band of two standard deviations."""
        edges = [
            [
                (self.x(size), self.y(each.value * math.exp(sds * each.relative_sd)))
                for size, each in zip(SIZES, estimates)
            ]
            for sds in (2, 0, -2)
        ]
        band, line = edges[0] + edges[2][::-1], edges[1]
        self.parts.append(
            f'<polygon points="{_points(band)}" fill="{BLUE}" fill-opacity="0.18"/>'
            f'<polyline points="{_points(line)}" fill="none" stroke="{BLUE}" '
            f'stroke-width="2"/>'
        )

    def reading(self, size: int, value: float, is_bound: bool = False) -> None:
        """A dot or, for what is only known to be greater, an arrow."""
        x, y = self.x(size), self.y(value)
        if is_bound:
            self.parts.append(
                f'<path d="M{x:.1f} {y:.1f}v-18m-4 6l4 -6l4 6" fill="none" '
                f'stroke="{RED}" stroke-width="2"/>'
            )
        else:
            self.parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{INK}" '
                f'stroke="#ffffff"/>'
            )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def draw(runs: Sequence[Run], answer: Any) -> str:
    """The picture, as SVG."""
    sizes = answer.batch_sizes
    epochs = Panel(0, "Epochs to the target", 2, 300)
    epochs.ticks([3, 10, 30, 100, 300], "{:g}".format)
    epochs.belief([each.epochs for each in sizes])
    cost = Panel(1, "Cost of an epoch", 8e3, 2e5)
    cost.ticks([1e4, 3e4, 1e5], lambda joules: f"{joules / 1e3:g} kJ")
    cost.belief([each.epoch_cost for each in sizes])
    total = Panel(2, "Cost of a training: their product", 1e5, 1e7)
    total.ticks([1e5, 3e5, 1e6, 3e6, 1e7], lambda joules: f"{joules / 1e6:g} MJ")
    total.belief([each.cost for each in sizes])
    for run in runs:
        epochs.reading(run.size, run.epochs, not run.converged)
        cost.reading(run.size, run.epoch_cost)
        if run.converged:
            total.reading(run.size, run.epochs * run.epoch_cost)
    y = HEIGHT - 20
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif">',
            "<style>text{fill:#1f2328;font-size:12px}.title{font-weight:bold;"
            "font-size:13px}.tick{fill:#59636e;font-size:11px}</style>",
            # A background of its own: it is readable on a dark page, too.
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="26">After {len(runs)} trials, by batch size: '
            f"{_sequence(runs)}. The default is {DEFAULT}.</text>",
            *epochs.parts,
            *cost.parts,
            *total.parts,
            f'<circle cx="{LEFT + 6}" cy="{y - 4}" r="4" fill="{INK}"/>'
            f'<text x="{LEFT + 18}" y="{y}">what a trial showed</text>'
            f'<path d="M{LEFT + 160} {y + 4}v-16m-4 6l4 -6l4 6" fill="none" '
            f'stroke="{RED}" stroke-width="2"/>'
            f'<text x="{LEFT + 172}" y="{y}">stopped there: it needs more epochs</text>'
            f'<rect x="{LEFT + 424}" y="{y - 12}" width="20" height="14" fill="{BLUE}" '
            f'fill-opacity="0.18"/><path d="M{LEFT + 424} {y - 5}h20" stroke="{BLUE}" '
            f'stroke-width="2"/>'
            f'<text x="{LEFT + 452}" y="{y}">the belief, with two standard '
            "deviations around it</text>",
            "</svg>\n",
        ]
    )


def _sequence(runs: Sequence[Run]) -> str:
    return ", ".join(
        str(run.size) + ("" if run.converged else " (stopped)") for run in runs
    )


def main() -> None:
    """Writes the picture."""
    with LocalServer(sys.argv[1], flags=["--durability=async"]) as server:
        with Client(server.address) as client:
            runs = train(client)
        with grpc.insecure_channel(server.address) as channel:
            stub: Any = service.BatchSizeOptimizerStub(channel)
            answer = stub.ExplainJob(api.ExplainJobRequest(job_id="job"))
    PICTURE.write_text(draw(runs, answer))
    print(f"{_sequence(runs)}; {answer.summary}")


if __name__ == "__main__":
    main()
