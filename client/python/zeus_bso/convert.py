"""Between the messages of the API and the values of zeus_bso.types: all of it, here."""

import dataclasses
import enum
from datetime import datetime, timezone
from typing import Any, Callable, TypeVar, cast

from google.protobuf.duration_pb2 import Duration

from zeus_bso import events, explanation, types
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import explanation_pb2 as explanation_api
from zeus_bso.v1 import resources_pb2 as resources

_T = TypeVar("_T")
_EnumT = TypeVar("_EnumT", bound=enum.Enum)


def spec_to_proto(spec: types.JobSpec) -> resources.JobSpec:
    """Raises TypeError or ValueError where a value is of the wrong type."""
    values = {each.name: getattr(spec, each.name) for each in dataclasses.fields(spec)}
    values["disable_early_stop"] = spec.beta_knob is None
    if spec.policy is not None:
        if not isinstance(spec.policy, types.Policy):
            raise TypeError(
                f"policy is a {types.Policy!r} or None, not {spec.policy!r}"
            )
        values["policy"] = enum_to_proto(spec.policy)
    if spec.trial_timeout is not None:
        values["trial_timeout"] = Duration()
        values["trial_timeout"].FromTimedelta(spec.trial_timeout)
    return resources.JobSpec(**values)  # None means absent here, too.


def spec_from_proto(spec: resources.JobSpec) -> types.JobSpec:
    values = {
        each.name: _optional(spec, each.name)
        for each in dataclasses.fields(types.JobSpec)
    }
    values["batch_sizes"] = tuple(spec.batch_sizes)
    if values["trial_timeout"] is not None:
        values["trial_timeout"] = values["trial_timeout"].ToTimedelta()
    values["policy"] = _enum(types.Policy, spec.policy) if spec.policy else None
    return types.JobSpec(**values)


def job_from_proto(job: resources.Job) -> types.Job:
    generator = _optional(job, "generator_state")
    results, summary = _optional(job, "latest_results"), _optional(job, "summary")
    return types.Job(
        spec=spec_from_proto(job.spec),
        stage=_enum(types.Stage, job.stage),
        exp_default_batch_size=job.exp_default_batch_size,
        min_cost=_optional(job, "min_cost"),
        min_cost_batch_size=job.min_cost_batch_size,
        create_time=_time(job.create_time),
        generator_state=None if generator is None else _generator(generator),
        failures=tuple(
            types.BatchSizeFailures(each.batch_size, each.num_failures, each.infeasible)
            for each in job.failures
        ),
        num_running_trials=job.num_running_trials,
        warm_start=job.warm_start,
        warnings=tuple(map(_warning, job.warnings)),
        latest_results=None if results is None else _latest_results(results),
        summary=None if summary is None else _summary(summary),
    )


def trial_from_proto(trial: resources.Trial) -> types.Trial:
    end_time = _optional(trial, "end_time")
    return types.Trial(
        job_id=trial.job_id,
        trial_number=trial.trial_number,
        batch_size=trial.batch_size,
        type=_enum(types.TrialType, trial.type),
        status=_enum(types.TrialStatus, trial.status),
        start_time=_time(trial.start_time),
        end_time=None if end_time is None else _time(end_time),
        time_seconds=_optional(trial, "time_seconds"),
        energy_joules=_optional(trial, "energy_joules"),
        converged=_optional(trial, "converged"),
        failure=_enum(types.TrialFailure, trial.failure),
        client_id=trial.client_id,
        end_reason=_enum(types.EndReason, trial.end_reason),
        last_metric=_optional(trial, "last_metric"),
        epochs=_optional(trial, "epochs"),
        cost_limit=_optional(trial, "cost_limit"),
        expected_rest=_optional(trial, "expected_rest"),
        limit_batch_size=_optional(trial, "limit_batch_size"),
        progress=_part(types.TrialProgress, trial, "progress"),
        end_revision=_optional(trial, "end_revision"),
        curves_ticket=_part(types.CurvesTicket, trial, "curves_ticket"),
    )


def arm_from_proto(arm: resources.GaussianTsArm) -> types.Arm:
    return types.Arm(
        job_id=arm.job_id,
        batch_size=arm.batch_size,
        param_mean=arm.param_mean,
        param_precision=arm.param_precision,
        reward_precision=arm.reward_precision,
        num_observations=arm.num_observations,
    )


def arm_to_proto(arm: types.Arm) -> resources.GaussianTsArm:
    return resources.GaussianTsArm(**dataclasses.asdict(arm))


def result_from_proto(result: resources.TrialResult) -> types.TrialResult:
    return types.TrialResult(
        trial_number=result.trial_number,
        time_seconds=result.time_seconds,
        energy_joules=result.energy_joules,
        converged=result.converged,
    )


def enum_to_proto(value: enum.Enum) -> Any:
    return value.value


def verdict_from_proto(response: api.ReportResultResponse) -> types.Verdict:
    return types.Verdict(
        response.stop_train,
        response.converged,
        response.message,
        _enum(types.EndReason, response.end_reason),
    )


def explanation_from_proto(
    response: explanation_api.ExplainJobResponse,
) -> explanation.Explanation:
    return explanation.Explanation(
        job=job_from_proto(response.job),
        summary=response.summary,
        best_batch_size=_optional(response, "best_batch_size"),
        next_batch_size=_optional(response, "next_batch_size"),
        cost_saving=_part(types.Saving, response, "cost_saving"),
        time_saving=_part(types.Saving, response, "time_saving"),
        energy_saving=_part(types.Saving, response, "energy_saving"),
        batch_sizes=tuple(map(_size_explanation, response.batch_sizes)),
    )


def _size_explanation(
    size: explanation_api.BatchSizeExplanation,
) -> explanation.BatchSizeExplanation:
    return explanation.BatchSizeExplanation(
        batch_size=size.batch_size,
        num_trials=size.num_trials,
        num_converged=size.num_converged,
        num_failed=size.num_failed,
        cost=_part(explanation.Estimate, size, "cost"),
        energy=_part(explanation.Estimate, size, "energy"),
        time=_part(explanation.Estimate, size, "time"),
        epochs=_part(explanation.Estimate, size, "epochs"),
        epoch_cost=_part(explanation.Estimate, size, "epoch_cost"),
        best_probability=size.best_probability,
        standing=_enum(explanation.Standing, size.standing),
        trial_number=_optional(size, "trial_number"),
    )


def profile_to_proto(profile: types.EpochProfile) -> api.EpochProfile:
    return api.EpochProfile(
        **dataclasses.asdict(profile)
    )  # None means absent here, too.


def event_from_proto(event: api.JobEvent) -> events.JobEvent | None:
    """None: an event that this version of the client does not know."""
    kind = event.WhichOneof("event")
    uid, revision = event.job_uid, event.revision
    if kind == "present_state":
        state = event.present_state
        arms = tuple(map(arm_from_proto, state.arms))
        job = job_from_proto(state.job)
        return events.PresentState(uid, revision, job, arms, state.missed_changes)
    if kind == "trial_started":
        trial = trial_from_proto(event.trial_started)
        return events.TrialStarted(uid, revision, trial)
    if kind == "trial_reported":
        return _reported(uid, revision, event.trial_reported)
    if kind == "trial_ended":
        return events.TrialEnded(uid, revision, trial_from_proto(event.trial_ended))
    if kind == "stage_changed":
        stage = _enum(types.Stage, event.stage_changed)
        return events.StageChanged(uid, revision, stage)
    if kind == "arm_refit":
        return events.ArmRefit(uid, revision, arm_from_proto(event.arm_refit))
    if kind == "warnings_changed":
        warnings = tuple(map(_warning, event.warnings_changed.warnings))
        return events.WarningsChanged(uid, revision, warnings)
    if kind == "summary_changed":
        return events.SummaryChanged(uid, revision, _summary(event.summary_changed))
    if kind == "job_deleted":
        return events.JobDeleted(uid, revision)
    return None


def _reported(uid: int, revision: int, report: api.TrialReport) -> events.TrialReported:
    return events.TrialReported(
        uid,
        revision,
        batch_size=report.batch_size,
        trial_number=report.trial_number,
        time_seconds=report.time_seconds,
        energy_joules=report.energy_joules,
        metric=report.metric,
        current_epoch=report.current_epoch,
    )


def _warning(warning: resources.Warning) -> types.JobWarning:
    return types.JobWarning(
        reason=_enum(types.WarningReason, warning.reason),
        message=warning.message,
        advice=warning.advice,
        since=_time(warning.since),
        batch_size=_optional(warning, "batch_size"),
        trial_number=_optional(warning, "trial_number"),
    )


def _summary(summary: resources.JobSummary) -> types.JobSummary:
    return types.JobSummary(
        last_trial_number=summary.last_trial_number,
        last_end_time=_time(summary.last_end_time),
        best_batch_size=_optional(summary, "best_batch_size"),
        best_probability=summary.best_probability,
        cost_saving=_part(types.Saving, summary, "cost_saving"),
        time_saving=_part(types.Saving, summary, "time_saving"),
        energy_saving=_part(types.Saving, summary, "energy_saving"),
        num_warnings=summary.num_warnings,
    )


def _latest_results(results: resources.LatestResults) -> types.LatestResults:
    end_time = _optional(results, "last_end_time")
    return types.LatestResults(
        last_trial_number=results.last_trial_number,
        last_end_time=None if end_time is None else _time(end_time),
        num_not_converged=results.num_not_converged,
        num_without_energy=results.num_without_energy,
        epochs_missing=results.epochs_missing,
    )


def _generator(state: resources.GeneratorState) -> types.GeneratorState:
    return types.GeneratorState(
        state=state.state_high << 64 | state.state_low,
        inc=state.inc_high << 64 | state.inc_low,
        has_uint32=state.has_uint32,
        uinteger=state.uinteger,
    )


def _part(kind: Callable[..., _T], message: Any, field: str) -> _T | None:
    """A field as a dataclass whose fields have the names of the message's.

    None where it is absent.
    """
    part = _optional(message, field)
    if part is None:
        return None
    names = [each.name for each in dataclasses.fields(cast(Any, kind))]
    return kind(**{name: _optional(part, name) for name in names})


def _optional(message: Any, name: str) -> Any:
    """The value of a field; None where it can be absent and is."""
    if message.DESCRIPTOR.fields_by_name[name].has_presence:
        return getattr(message, name) if message.HasField(name) else None
    return getattr(message, name)


def _enum(kind: type[_EnumT], number: int) -> _EnumT:
    """UNSPECIFIED, which is 0, for what a newer server made up."""
    return kind(number) if number in (each.value for each in kind) else kind(0)


def _time(timestamp: Any) -> datetime:
    value: datetime = timestamp.ToDatetime(tzinfo=timezone.utc)
    return value
