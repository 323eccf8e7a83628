"""What the bandit of Policy.ZEUS believes. Immutable."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arm:
    """What the bandit believes about one batch size: a posterior over its reward."""

    job_id: str
    batch_size: int
    param_mean: float = 0.0
    """Posterior mean, in joules; negative, as a reward is -cost."""
    param_precision: float = 0.0
    """Posterior precision, in 1 / joules^2; infinite: the results did not vary."""
    reward_precision: float = 0.0
    """Precision of a single reward, in 1 / joules^2."""
    num_observations: int = 0
    """How many results it was fit on."""
