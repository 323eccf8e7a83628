"""What a user says about a recurring training job. Immutable."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import Sequence


class Policy(enum.Enum):
    """How a job chooses batch sizes and stops trials."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    ZEUS = 1
    """Zeus' policy: pruning, then a Gaussian Thompson sampling bandit that treats each
    size on its own. Up to 1024 sizes."""
    CURVES = 2
    """Two curves over the batch size, epochs to the target and cost of an epoch, learned
    from all trials together. Up to 256 sizes."""


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What the user says about a recurring training job.

    Client.update_job changes fields of a job that is registered.

    The defaults are the server's and, by the same names, those of Zeus' JobSpec. The
    bounds are checked by the server, which names every field that is wrong.
    """

    job_id: str = ""
    """Begins with job_id_prefix. Empty, or None: the server makes
    "<job_id_prefix>-<8 digits>"."""
    job_id_prefix: str = ""
    """Needed where job_id is empty."""
    batch_sizes: Sequence[int]
    """To choose from: 1 to 1024, at most 256 with Policy.CURVES; distinct, each in
    [1, 2^40]."""
    default_batch_size: int
    """The size to try first: the one that would be used without the server."""
    max_power: float = 0.0
    """Power limit of all GPUs together, in watts. This and the next two must be given,
    except to a BatchSizeOptimizer, whose monitor knows them."""
    number_of_gpus: int = 0
    gpu_model: str = ""
    eta_knob: float = 0.5
    """Weight of energy against time in the cost, in [0, 1]."""
    beta_knob: float | None = 2.0
    """A trial is stopped once it costs this many times the least cost, or with
    Policy.CURVES what a training at the best size costs. None: never for its cost."""
    target_metric: float = 0.5
    """The metric at which a training has converged. The server tolerates float32
    rounding: a metric may miss it by 1e-6 of it."""
    higher_is_better_metric: bool = True
    """Whether it must be reached from below."""
    max_epochs: int = 100
    """A training that has not converged then has failed to."""
    num_pruning_rounds: int = 2
    """How often each size is tried before the bandit takes over."""
    window_size: int = 0
    """How many of its latest results an arm is fit on; 0: all."""
    mab_prior_mean: float = 0.0
    """Mean of the prior over the reward (-cost), in joules."""
    mab_prior_precision: float = 0.0
    """Its precision, in 1 / joules^2; 0: a flat prior."""
    mab_num_explorations: int = 2
    """How often the bandit tries each size before it draws."""
    mab_seed: int | None = None
    """The same seed and calls give the same decisions. None: not repeatable."""
    trial_timeout: timedelta | None = None
    """A trial that is silent for so long fails; 0: never. None: as the server says."""
    max_failures_per_batch_size: int = 3
    """A size that fails so often in a row is not offered; 0: no limit."""
    policy: Policy | None = None
    """How to choose and stop. None: that of the registered job, whichever it is; for a
    new job the server's --default_policy (ZEUS for more than 256 sizes, and where
    create_job makes it). In a Job, None: the server knows no policies but Zeus'.
    CURVES ignores num_pruning_rounds, window_size, max_failures_per_batch_size and mab_*
    except mab_seed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "batch_sizes", tuple(self.batch_sizes))
        object.__setattr__(self, "job_id", self.job_id or "")

    def cost(self, energy_joules: float, time_seconds: float) -> float:
        """What such a training costs, in joules: eta_knob * energy_joules +
        (1 - eta_knob) * max_power * time_seconds.

        Raises:
            ValueError: max_power is not known.
        """
        if self.max_power <= 0:
            raise ValueError("the cost needs max_power, in watts")
        time_cost = self.max_power * time_seconds
        return self.eta_knob * energy_joules + (1 - self.eta_knob) * time_cost
