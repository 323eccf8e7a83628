"""A simulation for programs. Units: seconds, joules, watts; changes are fractions."""

from collections import Counter
from dataclasses import asdict
from typing import Any, Sequence

from zeus_bso.simulation.comparison import LAST, Comparison, Run, regret, total
from zeus_bso.simulation.recurrence import Recurrence
from zeus_bso.simulation.simulation import Settings
from zeus_bso.simulation.workload import Choice, Cost


def as_json(comparisons: Sequence[Comparison], settings: Settings) -> dict[str, Any]:
    """What json.dumps writes."""
    return {
        "eta": settings.eta,
        "beta": settings.beta,
        "seeds": list(settings.seeds),
        "policies": [policy.name for policy in settings.policies],
        "comparisons": [_comparison(each) for each in comparisons],
    }


def _comparison(each: Comparison) -> dict[str, Any]:
    workload = each.workload
    return {
        "workload": workload.name,
        "gpu": workload.gpu,
        "max_power": workload.max_power,
        "batch_sizes": list(workload.batch_sizes),
        "power_limits": list(workload.power_limits),
        "target_metric": workload.target_metric,
        "higher_is_better": workload.higher_is_better,
        "max_epochs": workload.max_epochs,
        "policy": each.policy.name,
        "knobs": each.knobs.value,
        "recurrences": each.recurrences,
        "trainings": asdict(each.trainings),
        "converged": asdict(each.converged),
        "energy": asdict(each.energy),
        "time": asdict(each.time),
        "default": asdict(workload.default),
        "best_fixed": asdict(each.best),
        "best_fixed_cost": each.best_cost,
        "change": asdict(each.whole),
        "change_of_last": {"recurrences": LAST, **asdict(each.last)},
        "change_of_best_fixed": asdict(each.whole_of_best),
        "regret_against_default": asdict(each.regret_default),
        "regret_against_best_fixed": asdict(each.regret_best),
        "regret_in_best_fixed_costs": asdict(each.relative_regret),
        "runs": [_run(run, each.cost) for run in each.runs],
    }


def _run(run: Run, cost: Cost) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "server": _policy(run.server, cost),
        "default": _policy(run.default, cost),
        "best_fixed": _policy(run.best, cost),
        "regret_against_default": regret(cost, run.server, run.default),
        "regret_against_best_fixed": regret(cost, run.server, run.best),
    }


def _policy(recurrences: Sequence[Recurrence], cost: Cost) -> dict[str, Any]:
    usage = total(recurrences)
    counts: Counter[Choice] = Counter()
    for recurrence in recurrences:
        counts.update(training.choice for training in recurrence.trainings)
    return {
        "joules": usage.joules,
        "seconds": usage.seconds,
        "cost": cost.of(usage),
        "trainings": [
            {**asdict(choice), "count": count}
            for choice, count in sorted(
                counts.items(), key=lambda item: item[0].batch_size
            )
        ],
    }
