#!/usr/bin/env python3
"""Trains the same small network again and again; zeus-bso finds its batch size.

Shows how a recurring training job uses the server. A training starts a trial, which
says what batch size to take, reports after each epoch what it has used and reached, and
stops when it is told to: train_with_server. What is printed is in digits_report.py,
what is trained in digits_network.py.
"""

import argparse
import contextlib
import sys
import time
from pathlib import Path
from typing import Sequence

from zeus_bso.client import Client
from zeus_bso.energy import EnergyMeter, best_meter
from zeus_bso.errors import CallError, UnavailableError
from zeus_bso.local_server import LocalServer, LocalServerError
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import JobSpec, Policy

import digits_report as report
from digits_network import train_digits
from digits_report import Training

BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
DEFAULT_BATCH_SIZE = 512  # What one might take by hand: an epoch with it is fast.
TARGET_ACCURACY = 0.94
MAX_EPOCHS = 60

# A training is stopped once it costs this many times the cheapest so far. The cost of
# so short a training varies; the server's default of 2 would stop some good ones too.
BETA_KNOB = 3.0

# So many trainings with the default batch size say what it costs.
BASELINE_TRAININGS = 4

RETRY_SECONDS = 5.0  # How long to go on asking when nobody answers.


def job_spec(max_power: float, seed: int, policy: Policy | None = None) -> JobSpec:
    """Returns the specification that the job is registered with.

    Args:
        max_power: In watts.
        seed: Of what the server draws.
        policy: How it chooses batch sizes. None: as it does by default.
    """
    return JobSpec(
        job_id_prefix="digits",
        batch_sizes=BATCH_SIZES,
        default_batch_size=DEFAULT_BATCH_SIZE,
        target_metric=TARGET_ACCURACY,
        max_epochs=MAX_EPOCHS,
        beta_knob=BETA_KNOB,
        mab_seed=seed,
        max_power=max_power,
        number_of_gpus=1,
        gpu_model="CPU",
        policy=policy,
    )


def train_with_server(
    client: Client, job_id: str, meter: EnergyMeter, seed: int
) -> Training:
    """One recurrence: trains with the batch size that the server chooses.

    Args:
        client: Of the server where the job is registered.
        job_id: The job.
        meter: Measures the energy.
        seed: Decides the split of the data and the first weights.

    Raises:
        CallError: A call failed.
    """
    with client.trial(job_id) as trial:
        start_seconds, start_joules = time.perf_counter(), meter.joules()
        for epoch, accuracy in enumerate(train_digits(trial.batch_size, seed), start=1):
            seconds = time.perf_counter() - start_seconds
            joules = meter.joules() - start_joules
            verdict = trial.report(
                accuracy, epoch=epoch, time_seconds=seconds, energy_joules=joules
            )
            if verdict.stop_train:
                break
    return Training(
        kind=trial.trial.type.name.lower(),
        batch_size=trial.batch_size,
        epochs=epoch,
        accuracy=accuracy,
        seconds=seconds,
        joules=joules,
        converged=verdict.converged,
    )


def train_alone(batch_size: int, meter: EnergyMeter, seed: int) -> Training:
    """One training with a given batch size, of which the server knows nothing."""
    start_seconds, start_joules = time.perf_counter(), meter.joules()
    for epoch, accuracy in enumerate(train_digits(batch_size, seed), start=1):
        seconds = time.perf_counter() - start_seconds
        joules = meter.joules() - start_joules
        if accuracy >= TARGET_ACCURACY or epoch >= MAX_EPOCHS:
            break
    return Training(
        kind="baseline",
        batch_size=batch_size,
        epochs=epoch,
        accuracy=accuracy,
        seconds=seconds,
        joules=joules,
        converged=accuracy >= TARGET_ACCURACY,
    )


def run(client: Client, options: argparse.Namespace) -> None:
    """Registers the job, trains `options.recurrences` times and says what came out."""
    meter = best_meter(options.watts)
    policy = options.policy and Policy[options.policy.upper()]
    new_job = job_spec(options.watts, options.seed, policy)
    spec = client.register_job(new_job).job.spec
    report.print_introduction(spec, meter, options.recurrences)

    trainings = []
    for number in range(1, options.recurrences + 1):
        seed = options.seed * 1_000_000 + number
        trainings.append(train_with_server(client, spec.job_id, meter, seed))
        report.print_training(number, spec, trainings[-1])

    defaults = [
        training
        for training in trainings
        if training.batch_size == DEFAULT_BATCH_SIZE
        and (training.converged or training.epochs >= MAX_EPOCHS)
    ]
    missing = range(1, BASELINE_TRAININGS - len(defaults) + 1)
    if missing:
        report.print_baseline_introduction(spec, len(defaults), len(missing))
    for number in missing:
        seed = options.seed * 1_000_000 + options.recurrences + number
        defaults.append(train_alone(DEFAULT_BATCH_SIZE, meter, seed))
        report.print_training(number, spec, defaults[-1])

    explanation = client.explain_job(spec.job_id)
    report.print_explanation(explanation)
    best = explanation.best_batch_size
    print(report.savings(spec, best, trainings, defaults))


def failure(error: CallError, address: str) -> str:
    """What to say when a call to the server at this address has failed."""
    if isinstance(error, UnavailableError) and not error.reason:
        return f"no server at {address}"  # No server has made this error.
    return f"{error.code.name}: {error.message}"


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--server", metavar="ADDRESS", help="a running server")
    server.add_argument(
        "--server_binary",
        type=Path,
        metavar="PATH",
        help="a zeus-bso-server to start for this run",
    )
    parser.add_argument(
        "--data_dir",
        type=Path,
        metavar="DIR",
        help="where the started server keeps its data (default: nowhere for long)",
    )
    parser.add_argument(
        "--recurrences",
        type=int,
        default=40,
        metavar="N",
        help="how often to train (default: %(default)s)",
    )
    parser.add_argument(
        "--watts",
        type=float,
        default=65.0,
        help="the most that the machine draws under load; also the power that the "
        "energy is estimated with where it cannot be measured (default: %(default)s)",
    )
    parser.add_argument(
        "--policy",
        choices=("zeus", "curves"),
        help="how the server chooses batch sizes (default: as it does by default)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of all randomness (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    if options.data_dir is not None and options.server_binary is None:
        parser.error("--data_dir needs --server_binary")
    if options.recurrences < 1 or not options.watts > 0 or options.seed < 0:
        parser.error("--recurrences, --watts and --seed must be positive")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit status."""
    options = parse_arguments(arguments)
    with contextlib.ExitStack() as stack:
        try:
            address = options.server
            if options.server_binary is not None:
                local = LocalServer(options.server_binary, options.data_dir)
                address = stack.enter_context(local).address
            retry = RetryPolicy(total=RETRY_SECONDS)
            run(stack.enter_context(Client(address, retry=retry)), options)
        except CallError as error:
            print(f"digits: {failure(error, address)}", file=sys.stderr)
            return 1
        except (LocalServerError, OSError) as error:
            print(f"digits: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("digits: interrupted", file=sys.stderr)
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
