"""What a job's policy believes of each batch size, and why it chooses as it does.

Client.explain_job answers an Explanation. Units as in zeus_bso.types: cost and energy in
joules, time in seconds. Everything here is immutable, and so safe for threads.
"""

import enum
from dataclasses import dataclass

from zeus_bso.types import Job
from zeus_bso.types import Saving as Saving  # Where it was before jobs had summaries.


class Standing(enum.Enum):
    """Why a batch size is picked, or is not."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    BEST = 1
    """It is the best size known."""
    CLOSE = 2
    """It may be as good as the best one."""
    COSTS_MORE = 3
    """It costs more than the best one, by more than two standard deviations."""
    UNTRIED = 4
    """Nothing is known of it, or too little for a comparison."""
    NOTHING_CONVERGED = 5
    """No size has converged yet."""
    FIRST_TRIAL_RUNNING = 6
    """Its first trial is running."""
    HAS_NOT_CONVERGED = 7
    """Its trials ended without reaching the target."""
    STOPPED_EARLY = 8
    """Policy.CURVES: its trials were stopped before they could converge."""
    BEYOND_THE_TRIED_RANGE = 9
    """Policy.CURVES: it is too far from what has been tried."""
    RESTING = 10
    """Policy.CURVES: it crashed or ran out of memory. The policy tries it again after
    some results at other sizes."""
    RULED_OUT = 11
    """Policy.ZEUS: it, or a smaller size, is infeasible, or it failed
    JobSpec.max_failures_per_batch_size times."""
    PRUNING = 12
    """Policy.ZEUS, in Stage.PRUNING: the policy tries the sizes one after the other."""


_IN_WORDS = {
    Standing.UNSPECIFIED: "for a reason that this client does not know",
    Standing.BEST: "the best size known",
    Standing.CLOSE: "may be as good as the best",
    Standing.COSTS_MORE: "costs more than the best",
    Standing.UNTRIED: "too little is known to compare it",
    Standing.NOTHING_CONVERGED: "no size has converged yet",
    Standing.FIRST_TRIAL_RUNNING: "its first trial is running",
    Standing.HAS_NOT_CONVERGED: "has not converged",
    Standing.STOPPED_EARLY: "was stopped before it could converge",
    Standing.BEYOND_THE_TRIED_RANGE: "too far from the sizes tried",
    Standing.RESTING: "failed or did not fit, is tried again later",
    Standing.RULED_OUT: "ruled out: failed too often, or does not fit",
    Standing.PRUNING: "sizes are tried one by one",
}


@dataclass(frozen=True)
class Estimate:
    """A number that the policy believes."""

    value: float
    """At least 0."""
    relative_sd: float
    """Standard deviation divided by the value. At least 0; may be infinite."""


@dataclass(frozen=True)
class BatchSizeExplanation:
    """What the policy believes of one batch size."""

    batch_size: int
    num_trials: int
    """Trials that were started. With Policy.ZEUS, this and the next two count the newest
    10,000 trials."""
    num_converged: int
    num_failed: int
    """Trials that ended without converging, other than those that were cancelled."""
    cost: Estimate | None
    """Of a training that converges, in joules. None, as the next ones: nothing is
    believed."""
    energy: Estimate | None
    """Of a training that converges, in joules. None also where the size was never timed,
    as the next one."""
    time: Estimate | None
    """Of a training that converges, in seconds."""
    epochs: Estimate | None
    """How many a training needs to converge."""
    epoch_cost: Estimate | None
    """Cost of an epoch, in joules."""
    best_probability: float
    """The probability that this size costs least. The probabilities of a job add up to 1,
    or to 0 where nothing is believed."""
    standing: Standing
    """Why the policy picks this size, or does not."""
    trial_number: int | None
    """The latest trial that standing rests on. None: it rests on no single one."""

    @property
    def why(self) -> str:
        """standing and trial_number in words, such as "the best size known (trial 7)"."""
        words = _IN_WORDS[self.standing]
        trial = self.trial_number
        return words if trial is None else f"{words} (trial {trial})"


@dataclass(frozen=True)
class Explanation:
    """What explain_job answers."""

    job: Job
    summary: str
    """What is known, in a sentence."""
    best_batch_size: int | None
    """The size of least cost, as the policy believes. None: none has converged, or
    Policy.ZEUS is in Stage.PRUNING."""
    next_batch_size: int | None
    """The size that start_trial would pick now. With a mab_seed it picks that one, unless
    something happens before; without one this is a draw of its own. None: it would
    raise an error."""
    cost_saving: Saving | None
    """Of a training at the best size against one at the default size. None until both
    have converged; the next two also until both have been timed."""
    time_saving: Saving | None
    energy_saving: Saving | None
    batch_sizes: tuple[BatchSizeExplanation, ...]
    """Batch size ascending."""
