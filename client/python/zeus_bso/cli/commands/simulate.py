"""zeus-bso simulate: replays training traces through a server."""

import contextlib
import re
import shutil
from pathlib import Path
from typing import Iterable, Sequence

import click
from click.core import ParameterSource

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.output import Output
from zeus_bso.cli.progress import progress
from zeus_bso.cli.server import IMPATIENT
from zeus_bso.cli.simulation_tables import Table, make_tables
from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer, LocalServerError
from zeus_bso.simulation.as_json import as_json
from zeus_bso.simulation.comparison import Comparison
from zeus_bso.simulation.csv_lines import TraceError
from zeus_bso.simulation.job import Overrides, make_workload, workload_names
from zeus_bso.simulation.knobs import Knobs
from zeus_bso.simulation.recurrence import SimulationError
from zeus_bso.simulation.simulation import Settings
from zeus_bso.simulation.simulation import simulate as run_simulation
from zeus_bso.simulation.traces import (
    PowerRow,
    TrainRow,
    read_power_trace,
    read_train_trace,
)
from zeus_bso.simulation.workload import Workload
from zeus_bso.types import Policy

_SERVER_BINARY = "zeus-bso-server"

# A simulation is gone with its server: it need not wait for the disk.
_SERVER_FLAGS = ("--durability=async",)

_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Seeds(click.ParamType):
    """A seed, or a range of them."""

    name = "seed"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Sequence[int]:
        match = re.fullmatch(r"(\d{1,15})(?:-(\d{1,15}))?", str(value))
        if match is None:
            self.fail(f"'{value}' is not a number such as 1 or a range such as 1-5")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last < first + 1000:
            self.fail(f"'{value}' is not a range of 1 to 1000 seeds")
        return range(first, last + 1)


_POLICIES = {
    "curves": (Policy.CURVES,),
    "zeus": (Policy.ZEUS,),
    "both": (Policy.ZEUS, Policy.CURVES),
}
_POWER_LIMITS = {
    "greatest": (Knobs.BATCH_SIZE,),
    "best": (Knobs.BOTH,),
    "both": tuple(Knobs),
}

_PER_WORKLOAD = ("--target-metric", "--default-batch-size", "--max-epochs")


@click.command("simulate")
@click.option(
    "--train",
    "train_path",
    type=_EXISTING_FILE,
    required=True,
    help="The train trace: after how many epochs each run reached each metric.",
)
@click.option(
    "--power",
    "power_paths",
    type=_EXISTING_FILE,
    multiple=True,
    required=True,
    help="The power trace: what an epoch takes with each power limit. Several: one for "
    "each --gpu, in the same order.",
)
@click.option(
    "--gpu",
    "gpus",
    multiple=True,
    required=True,
    help="The GPU model of the power trace.",
)
@click.option(
    "--workload",
    "workload_name",
    metavar="NAME",
    help="dataset/network/optimizer, or 'all'. Without it: lists those of the traces.",
)
@click.option(
    "--policy",
    "policies",
    type=click.Choice([*_POLICIES], case_sensitive=False),
    default="curves",
    show_default=True,
    help="Who chooses the batch sizes and stops trainings; curves is also what servers "
    "take for jobs that name no policy.",
)
@click.option(
    "--power-limit",
    "power_limits",
    type=click.Choice([*_POWER_LIMITS]),
    default="both",
    show_default=True,
    help="What trainings run with: the greatest, the best for each batch size, or one "
    "after the other.",
)
@click.option(
    "--target-metric",
    type=float,
    help="Default: as in the paper; other workloads: the hardest that the default "
    "batch size always reaches.",
)
@click.option(
    "--default-batch-size",
    type=click.IntRange(min=1),
    help="Default: as in the paper, or the next smaller; other workloads: the greatest.",
)
@click.option(
    "--max-epochs",
    type=click.IntRange(min=1),
    help="When a training is given up. Default: as in Zeus' simulations of the paper's "
    "workloads; other workloads: 100.",
)
@click.option(
    "--eta",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Weight of energy against time.",
)
@click.option(
    "--beta",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="A training may cost this many times the cheapest one.",
)
@click.option(
    "--recurrences",
    type=click.IntRange(min=1),
    help="Default: 2 |B| |P|, for |B| batch sizes and |P| power limits.",
)
@click.option(
    "--seed",
    "seeds",
    type=_Seeds(),
    multiple=True,
    default=("1",),
    show_default=True,
    help="Of all randomness; several, or a range such as 1-5: mean and spread.",
)
@click.option(
    "--server-binary",
    type=_EXISTING_FILE,
    help="A zeus-bso-server to start for this simulation. "
    "[default: --server, if that is given, else the one on PATH]",
)
@click.option("--markdown", is_flag=True, help="The tables in Markdown.")
@json_option
@click.pass_obj
def command(
    app: App,
    train_path: Path,
    power_paths: Sequence[Path],
    gpus: Sequence[str],
    workload_name: str | None,
    policies: str,
    power_limits: str,
    target_metric: float | None,
    default_batch_size: int | None,
    max_epochs: int | None,
    eta: float,
    beta: float,
    recurrences: int | None,
    seeds: Sequence[Sequence[int]],
    server_binary: Path | None,
    markdown: bool,
) -> None:
    """Replay training traces through a server: what would it save?

    A job recurs, the server chooses its batch sizes, and the traces say what its
    trainings take. Energy, time and regret are compared with the default batch size and
    with the best fixed one, for each policy; first with the power limit at its greatest,
    then with the best power limit for each batch size.
    """
    if len(power_paths) != len(gpus):
        raise click.UsageError(
            f"each --power needs one --gpu: there are {len(power_paths)} and {len(gpus)}"
        )
    overrides = Overrides(default_batch_size, target_metric, max_epochs)
    distinct_seeds = sorted({seed for group in seeds for seed in group})
    settings = Settings(
        eta,
        beta,
        distinct_seeds,
        recurrences,
        _POLICIES[policies],
        _POWER_LIMITS[power_limits],
    )
    if app.output.json and markdown:
        raise click.UsageError("say either --json or --markdown")
    try:
        train = read_train_trace(train_path)
        powers = [read_power_trace(path) for path in power_paths]
        if workload_name is None:
            _list(app.output, _names(train, powers))
            return
        chosen = _chosen(workload_name, _names(train, powers), overrides)
        workloads = [
            make_workload(name, gpu, train, power, overrides)
            for gpu, power in zip(gpus, powers)
            for name in chosen
            if workload_name != "all" or name in workload_names(train, power)
        ]
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(_client(app, server_binary, stack))
            comparisons = _run(client, workloads, settings)
    except TraceError as error:
        raise click.UsageError(str(error)) from error
    except (SimulationError, LocalServerError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if app.output.json:
        app.output.document(as_json(comparisons, settings))
    else:
        _show(app.output, make_tables(comparisons, settings), markdown)


def _client(app: App, binary: Path | None, stack: contextlib.ExitStack) -> Client:
    """Of a running server only where the command line names one: a simulation makes jobs
    there, and deletes them."""
    if binary is None and _is_server_named():
        return app.server.connect()
    if binary is None:
        found = shutil.which(_SERVER_BINARY)
        if found is None:
            raise click.UsageError(
                f"name a --server-binary to start, or a running --server: there is no "
                f"{_SERVER_BINARY} on PATH"
            )
        binary = Path(found)
    local = stack.enter_context(LocalServer(binary, flags=_SERVER_FLAGS))
    return Client(local.address, retry=IMPATIENT)


def _is_server_named() -> bool:
    source = click.get_current_context().find_root().get_parameter_source("server")
    return source is ParameterSource.COMMANDLINE


def _names(
    train: Sequence[TrainRow], powers: Sequence[Sequence[PowerRow]]
) -> list[str]:
    """The workloads of all GPUs."""
    return sorted({name for power in powers for name in workload_names(train, power)})


def _chosen(name: str, known: list[str], overrides: Overrides) -> list[str]:
    """The names of the workloads to simulate."""
    if name == "all" and overrides != Overrides():
        raise click.UsageError(f"{', '.join(_PER_WORKLOAD)} need one --workload")
    if name != "all" and name not in known:
        raise click.UsageError(
            f"the traces have no workload '{name}', but {', '.join(known) or 'none'}"
        )
    return known if name == "all" else [name]


def _run(
    client: Client, workloads: Sequence[Workload], settings: Settings
) -> list[Comparison]:
    total = settings.total_recurrences(workloads)
    with progress("Simulating recurrences", total=total) as advance:
        return run_simulation(client, workloads, settings, advance)


def _list(output: Output, names: Sequence[str]) -> None:
    if output.json:
        output.document(names)
        return
    for name in names:
        output.say(name)


def _show(output: Output, tables: Iterable[Table], markdown: bool) -> None:
    for index, each in enumerate(tables):
        if markdown:
            output.markdown(each.columns, each.rows, each.title)
            continue
        if index:
            output.say("")
        output.table(each.columns, each.rows, each.title)
