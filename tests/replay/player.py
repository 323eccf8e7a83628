"""Plays recorded calls against a server, through its public gRPC API."""

from dataclasses import dataclass
from typing import Any, Iterable

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from zeus_bso.v1 import batch_size_optimizer_pb2 as optimizer_api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as optimizer_grpc
from zeus_bso.v1 import zeus_service_pb2 as service_api
from zeus_bso.v1 import zeus_service_pb2_grpc as service_grpc

import comparison
from recording import Call

# No call takes as long as this, in seconds; one that does is a difference.
CALL_TIMEOUT = 30.0

_REQUESTS: dict[str, type[Message]] = {
    "register": optimizer_api.RegisterJobRequest,
    "predict": optimizer_api.StartTrialRequest,
    "report": optimizer_api.ReportResultRequest,
    "end_trial": optimizer_api.EndTrialRequest,
    "delete": optimizer_api.DeleteJobRequest,
}
_FIELD_NAMES = {"time": "time_seconds", "energy": "energy_joules"}
_NULLABLE = {"job_id", "beta_knob", "mab_seed"}


@dataclass(frozen=True)
class Answer:
    """What the server answered to a call.

    Attributes:
        code: The status code, of gRPC or of HTTP.
        details: The text of an error.
        decision: The decision in the form of the recordings; None after an error.
        created: Whether a job was created; None where the call creates none.
    """

    code: grpc.StatusCode | int
    details: str = ""
    decision: dict[str, Any] | None = None
    created: bool | None = None


def build_request(call: Call) -> Message:
    """The gRPC request of a recorded call; fields that it does not know are left out.

    Raises:
        json_format.ParseError: The message cannot carry a value: it is of another type
            or out of range.
    """
    fields: dict[str, Any] = {}
    for key, value in call.request.items():
        if value is None and key not in _NULLABLE:
            raise json_format.ParseError(f"{key} is null")
        fields[_FIELD_NAMES.get(key, key)] = value
    if call.op == "register":
        if fields.get("beta_knob", 0) is None:
            fields["disable_early_stop"] = True
        # The reference has one policy, and knows neither timeouts nor limits.
        fields |= {
            "policy": "POLICY_ZEUS",
            "trial_timeout": "0s",
            "max_failures_per_batch_size": 0,
        }
        fields = {"spec": fields}
    return json_format.ParseDict(
        fields, _REQUESTS[call.op](), ignore_unknown_fields=True
    )


class Player:
    """Plays the calls of one recording, in order; not safe for threads."""

    def __init__(self, channel: grpc.Channel) -> None:
        """Uses the channel, which stays the caller's."""
        optimizer = optimizer_grpc.BatchSizeOptimizerStub(channel)
        self._methods = {
            "register": optimizer.RegisterJob,
            "predict": optimizer.StartTrial,
            "report": optimizer.ReportResult,
            "end_trial": optimizer.EndTrial,
            "delete": optimizer.DeleteJob,
        }
        self._service = service_grpc.ZeusServiceStub(channel)
        # Recorded names of jobs that another server named -> what this one named them.
        self._names: dict[str, str] = {}

    def play(self, call: Call) -> str | None:
        """Makes a call, reads the job back, and compares both with the recording.

        Returns:
            What differs first, or None.
        """
        answer = self._perform(call)
        return (
            self._status_difference(call, answer)
            or _created_difference(call, answer)
            or comparison.first_difference("resp", call.response, answer.decision)
            or self._state_difference(call)
        )

    def delete_jobs(self, calls: Iterable[Call]) -> None:
        """Deletes the jobs that the calls register, as far as they are there.

        Raises:
            grpc.RpcError: The server does not answer.
        """
        job_ids = {call.job_id for call in calls if call.op == "register"}
        for job_id in filter(None, job_ids):
            request = optimizer_api.DeleteJobRequest(job_id=self._actual_name(job_id))
            try:
                self._service.DeleteJob(request, timeout=CALL_TIMEOUT)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.INVALID_ARGUMENT:
                    raise

    def _status_difference(self, call: Call, answer: Answer) -> str | None:
        assert isinstance(answer.code, grpc.StatusCode)
        return comparison.status_difference(call.status, answer.code, answer.details)

    def _perform(self, call: Call) -> Answer:
        try:
            request = build_request(call)
        except json_format.ParseError as error:
            return Answer(grpc.StatusCode.INVALID_ARGUMENT, f"by the schema: {error}")
        if call.op != "register":
            request.job_id = self._actual_name(request.job_id)
        try:
            response = self._methods[call.op](request, timeout=CALL_TIMEOUT)
        except grpc.RpcError as error:
            return Answer(error.code(), error.details() or "")
        return self._answer_of(call, response)

    def _answer_of(self, call: Call, response: Any) -> Answer:
        decision: dict[str, Any] = {}
        created = None
        if call.op == "register":
            created = response.created
            decision = {"job_id": self._recorded_name(call, response.job.spec.job_id)}
        elif call.op == "predict":
            decision = {
                "batch_size": response.trial.batch_size,
                "trial_number": response.trial.trial_number,
            }
        elif call.op == "report":
            decision = {
                "stop_train": response.stop_train,
                "converged": response.converged,
            }
        return Answer(grpc.StatusCode.OK, decision=decision, created=created)

    def _state_difference(self, call: Call) -> str | None:
        if call.job_id is None:
            return comparison.first_difference("state", call.state, None)
        try:
            got = self._read_state(self._actual_name(call.job_id), call.trial)
        except grpc.RpcError as error:
            if call.state is None and error.code() == grpc.StatusCode.INVALID_ARGUMENT:
                return None  # No job can have this name.
            return f"state: cannot be read: {error.code().name} ({error.details()})"
        return comparison.first_difference("state", call.state, got)

    def _read_state(self, job_id: str, trial: dict[str, Any] | None) -> Any:
        """The job as it is, with the given trial if any; None: there is no such job."""
        job_read = self._service.GetJob.future(
            service_api.GetJobRequest(job_id=job_id), timeout=CALL_TIMEOUT
        )
        arms_read = self._service.GetArms.future(
            service_api.GetArmsRequest(job_id=job_id), timeout=CALL_TIMEOUT
        )
        trial_read = None
        if trial is not None:
            trial_read = self._service.GetTrial.future(
                service_api.GetTrialRequest(
                    job_id=job_id,
                    batch_size=trial["batch_size"],
                    trial_number=trial["trial_number"],
                ),
                timeout=CALL_TIMEOUT,
            )
        job, arms = job_read.result(), arms_read.result().arms
        if not job.HasField("job") and not arms:
            return None
        state = comparison.job_state(job.job, arms)
        if trial_read is not None:
            found = trial_read.result()
            state["trial"] = (
                comparison.trial_state(found.trial) if found.HasField("trial") else None
            )
        return state

    def _recorded_name(self, call: Call, made: str) -> str:
        """The name under which the recording knows the job that was registered."""
        if call.request.get("job_id") or call.job_id is None:
            return made
        self._names[call.job_id] = made
        return call.job_id

    def _actual_name(self, recorded: str) -> str:
        return self._names.get(recorded, recorded)


def _created_difference(call: Call, answer: Answer) -> str | None:
    if answer.created is None:
        return None
    return comparison.first_difference("created", call.status == 201, answer.created)
