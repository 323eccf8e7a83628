"""One call of the API: which method, what to send, and what to make of the answer.

The modules optimizer_calls, trial_calls, correction_calls, service_reads and
service_changes make them. The clients and the sessions, synchronous or not, carry them
out. So each method's arguments, request and answer are written once.
"""

from dataclasses import dataclass
from typing import Any, Callable, Generic, TypeVar

import grpc

from zeus_bso.retry import OUTCOME_UNKNOWN
from zeus_bso.types import Trial

_T = TypeVar("_T")


@dataclass(frozen=True)
class Call(Generic[_T]):
    """A call to be carried out once, attempts that fail not counted."""

    service: Callable[..., Any]
    """The class of its stub."""

    method: str
    """Of the stub, such as "GetJob"."""

    request: Any
    """The message."""

    convert: Callable[[Any], _T]
    """From the response."""

    retried: frozenset[grpc.StatusCode] = OUTCOME_UNKNOWN
    """The codes after which to repeat it."""

    older_request: Any = None
    """What to send instead, once, to a server that refuses the request as
    INVALID_ARGUMENT: a request that older servers understand. None: nothing."""


@dataclass(frozen=True)
class Page(Generic[_T]):
    """What a method that lists answers."""

    items: list[_T]
    next_page_token: str
    """For the page_token of the next request; empty: this was the last page."""


def trial_key(trial: Trial) -> dict[str, Any]:
    """The fields of a request that name a trial."""
    return {
        "job_id": trial.job_id,
        "batch_size": trial.batch_size,
        "trial_number": trial.trial_number,
    }


def registered_trial_key(trial: Trial) -> dict[str, Any]:
    """The same, with the registration of the job.

    So the server refuses the request if the job was deleted and registered again since.
    Older servers name no registration.
    """
    registration = {"job_uid": trial.job_uid} if trial.job_uid else {}
    return {**trial_key(trial), **registration}
