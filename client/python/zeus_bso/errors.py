"""Every error that a call can end with, as an exception.

The server names each of its errors by a stable reason; each reason has a class here,
below the class of its gRPC code, which is below CallError. Errors that gRPC itself
makes (nobody answers, the deadline has passed) have no reason and are of the class of
their code. Catch the narrowest class that you can do something about.
"""

from types import MappingProxyType
from typing import Any, Mapping

import grpc

from zeus_bso import unreachable
from zeus_bso.status_details import FieldViolation, status_details


class ZeusBsoError(Exception):
    """What this package raises, where it is not an error of Python's own."""

    code: grpc.StatusCode | None = None
    """The gRPC code. None: no call failed."""

    reason: str = ""
    """The server's name for it, such as "JOB_NOT_FOUND"; empty: it has none."""

    message: str
    """What is wrong, for people."""

    metadata: Mapping[str, str] = MappingProxyType({})
    """What is wrong, for programs; the classes say which keys they have."""

    field_violations: tuple[FieldViolation, ...] = ()
    """Which fields of the request are wrong, with InvalidFieldError."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class CallError(ZeusBsoError):
    """A call ended with an error."""

    code: grpc.StatusCode

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        field_violations: tuple[FieldViolation, ...] = (),
    ) -> None:
        super().__init__(f"{reason or code.name}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata or {})
        self.field_violations = field_violations

    def __reduce__(self) -> tuple[Any, ...]:  # pickle would call it with one argument.
        arguments = (type(self), self.code, self.message, self.reason)
        return _unpickled, arguments, self.__dict__

    def __init_subclass__(
        cls, code: grpc.StatusCode | None = None, reason: str = ""
    ) -> None:
        if code is not None:
            _BY_CODE[code] = cls
        if reason:
            _BY_REASON[reason] = cls


_BY_CODE: dict[grpc.StatusCode, type[CallError]] = {}
_BY_REASON: dict[str, type[CallError]] = {}


def _unpickled(
    kind: type[CallError], code: grpc.StatusCode, message: str, reason: str
) -> CallError:
    return kind(code, message, reason=reason)


def from_rpc_error(error: grpc.RpcError) -> CallError:
    """The exception for an error of a gRPC stub.

    A reason that this version does not know becomes the class of its code, and a code
    that the server does not use CallError itself.
    """
    code = error.code()
    details = status_details(error)
    of_code = _BY_CODE.get(code, CallError)
    message = error.details() or ""
    if code is grpc.StatusCode.UNAVAILABLE and not details.reason:
        message = unreachable.explain(message)
    return _BY_REASON.get(details.reason, of_code)(
        code,
        message,
        reason=details.reason,
        metadata=details.metadata,
        field_violations=details.field_violations,
    )


class ForkedError(ZeusBsoError, RuntimeError):
    """A client was used, or made, in a child that was forked from a process that had made
    one: gRPC does not work there. Start such children with the methods "spawn" or
    "forkserver" of multiprocessing, or make the first client after the fork."""


class InvalidArgumentError(CallError, code=grpc.StatusCode.INVALID_ARGUMENT):
    """The request is wrong, whatever the server holds. Nothing was changed."""


class NotFoundError(CallError, code=grpc.StatusCode.NOT_FOUND):
    """Something that the request names does not exist. Nothing was changed."""


class AlreadyExistsError(CallError, code=grpc.StatusCode.ALREADY_EXISTS):
    """Something that the request would create exists. Nothing was changed."""


class FailedPreconditionError(CallError, code=grpc.StatusCode.FAILED_PRECONDITION):
    """The state of the job or trial forbids the call. Nothing was changed."""


class ResourceExhaustedError(CallError, code=grpc.StatusCode.RESOURCE_EXHAUSTED):
    """A bound of the server; without a reason: the request is too large."""


class AbortedError(CallError, code=grpc.StatusCode.ABORTED):
    """Nothing was changed; repeat the call."""


class UnauthenticatedError(CallError, code=grpc.StatusCode.UNAUTHENTICATED):
    """The server does not know who calls. Nothing was changed."""


class PermissionDeniedError(CallError, code=grpc.StatusCode.PERMISSION_DENIED):
    """The caller may not do this. Nothing was changed."""


class DeadlineExceededError(CallError, code=grpc.StatusCode.DEADLINE_EXCEEDED):
    """No answer came in time. Without a reason: whether it took effect is unknown."""


class CallCancelledError(CallError, code=grpc.StatusCode.CANCELLED):
    """The call was cancelled, as by Client.close. Whether it took effect is unknown."""


class UnavailableError(CallError, code=grpc.StatusCode.UNAVAILABLE):
    """Nobody answers, or the server stops. Whether the call took effect is unknown."""


class DataLossError(CallError, code=grpc.StatusCode.DATA_LOSS):
    """The server's data is damaged."""


class InternalError(CallError, code=grpc.StatusCode.INTERNAL, reason="INTERNAL"):
    """A defect of the server."""


class InvalidFieldError(InvalidArgumentError, reason="INVALID_FIELD"):
    """Fields are out of their bounds: field_violations names each one."""


class ResultMissingError(InvalidArgumentError, reason="RESULT_MISSING"):
    """A trial succeeds only with time, energy and converged."""


class StageNotMabError(InvalidArgumentError, reason="STAGE_NOT_MAB"):
    """A job's stage can be set to MAB only."""


class JobNotFoundError(NotFoundError, reason="JOB_NOT_FOUND"):
    """There is no such job."""


class TrialNotFoundError(NotFoundError, reason="TRIAL_NOT_FOUND"):
    """The job has no trial of this number and batch size."""


class ArmNotFoundError(NotFoundError, reason="ARM_NOT_FOUND"):
    """The job has no arm of this batch size."""


class JobExistsError(AlreadyExistsError, reason="JOB_EXISTS"):
    """The job_id is taken; metadata["fields"]: which fields differ, by commas."""


class ArmExistsError(AlreadyExistsError, reason="ARM_EXISTS"):
    """The job has an arm of this batch size."""


class RequestIdReusedError(AlreadyExistsError, reason="REQUEST_ID_REUSED"):
    """The request_id belongs to another request."""


class JobNotFetchedError(FailedPreconditionError, reason="JOB_NOT_FETCHED"):
    """A change needs the job fetched in the same session."""


class TrialNotFetchedError(FailedPreconditionError, reason="TRIAL_NOT_FETCHED"):
    """A change needs the trial fetched in the same session."""


class ArmNotFetchedError(FailedPreconditionError, reason="ARM_NOT_FETCHED"):
    """A change needs the arm fetched in the same session."""


class TrialEndedError(FailedPreconditionError, reason="TRIAL_ENDED"):
    """The trial is not running."""


class TrialFailedError(FailedPreconditionError, reason="TRIAL_FAILED"):
    """A report on a trial that ended as failed; metadata["failure"]: how."""


class TrialNotMabError(FailedPreconditionError, reason="TRIAL_NOT_MAB"):
    """Only a trial of type MAB changes an arm."""


class TrialRunningError(FailedPreconditionError, reason="TRIAL_RUNNING"):
    """The trial has not ended."""


class FieldFixedError(FailedPreconditionError, reason="FIELD_FIXED"):
    """Fields of the job cannot change; metadata["fields"]: which, by commas."""


class BatchSizeNotInJobError(FailedPreconditionError, reason="BATCH_SIZE_NOT_IN_JOB"):
    """The batch size is not one of the job's."""


class PolicyMismatchError(FailedPreconditionError, reason="POLICY_MISMATCH"):
    """The change belongs to another policy than the job's: arms, stages and the
    experiment's default batch size are Policy.ZEUS'."""


class WarmStartEmptyError(FailedPreconditionError, reason="WARM_START_EMPTY"):
    """The job to start from follows Policy.ZEUS, and has no trials to learn from."""


class NothingConvergedError(FailedPreconditionError, reason="NOTHING_CONVERGED"):
    """No batch size converged. Never for a job of Policy.CURVES.

    metadata, separated by commas: "batch_sizes", those tried; "failed_batch_sizes",
    those that failed too often; "infeasible_batch_sizes", those that cannot run.
    """


class NoBatchSizeLeftError(FailedPreconditionError, reason="NO_BATCH_SIZE_LEFT"):
    """Every arm failed too often or is infeasible; metadata as NothingConvergedError,
    without "batch_sizes". Never for a job of Policy.CURVES."""


class NoArmsError(FailedPreconditionError, reason="NO_ARMS"):
    """The job was moved to the stage MAB by hand, and has no arms."""


class TooManyJobsError(ResourceExhaustedError, reason="TOO_MANY_JOBS"):
    """As many jobs are registered as the server allows. Nothing was changed."""


class TooManyRunningTrialsError(
    ResourceExhaustedError, reason="TOO_MANY_RUNNING_TRIALS"
):
    """As many trials of the job run as the server allows. Nothing was changed."""


class TooManySessionsError(ResourceExhaustedError, reason="TOO_MANY_SESSIONS"):
    """As many sessions are open as the server allows."""


class TooManyReservationsError(ResourceExhaustedError, reason="TOO_MANY_RESERVATIONS"):
    """As many sessions have reserved jobs, or wait to, as the server allows."""


class SessionTooLongError(ResourceExhaustedError, reason="SESSION_TOO_LONG"):
    """Too many requests in one session, or too long an answer to a sequence of them;
    nothing was changed."""


class TooManyWatchersError(ResourceExhaustedError, reason="TOO_MANY_WATCHERS"):
    """As many callers are watching as the server allows."""


class StorageFullError(ResourceExhaustedError, reason="STORAGE_FULL"):
    """The server's disk is full. Whether the call took effect is unknown."""


class LostRaceError(AbortedError, reason="LOST_RACE"):
    """Other calls changed the same records, again and again."""


class SessionTimeoutError(AbortedError, reason="SESSION_TIMEOUT"):
    """The session was not committed in time."""


class CredentialsMissingError(UnauthenticatedError, reason="CREDENTIALS_MISSING"):
    """The server has roles, and neither a token nor a certificate was shown."""


class CredentialsUnknownError(UnauthenticatedError, reason="CREDENTIALS_UNKNOWN"):
    """The token or the certificate that was shown has no role."""


class RoleTooLowError(PermissionDeniedError, reason="ROLE_TOO_LOW"):
    """The caller's role may not do this; metadata["needed_role"] may."""


class DeadlinePassedError(DeadlineExceededError, reason="DEADLINE_PASSED"):
    """The deadline had passed before the work began; nothing was changed."""


class ClientGoneError(CallCancelledError, reason="CLIENT_GONE"):
    """The server noticed that the caller has cancelled."""


class DrainingError(UnavailableError, reason="DRAINING"):
    """The server is about to stop."""


class StorageUnavailableError(UnavailableError, reason="STORAGE_UNAVAILABLE"):
    """The server's disk fails."""


class StorageCorruptedError(DataLossError, reason="STORAGE_CORRUPTED"):
    """What the server's disk gave back is damaged."""


class UnreadableJobsWarning(UserWarning):
    """The server's store is damaged: a list leaves jobs out that cannot be read."""
