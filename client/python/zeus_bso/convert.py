"""Between the messages of the API and the values of zeus_bso.types.

convert_events and convert_explanation do the same for events and explanations.
"""

import dataclasses
import enum
from datetime import timedelta
from typing import Any, Mapping

from google.protobuf.duration_pb2 import Duration

from zeus_bso import types
from zeus_bso.message_fields import enum_from_proto, optional, part, time_from_proto
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources


def spec_to_proto(spec: types.JobSpec) -> resources.JobSpec:
    """Raises TypeError or ValueError where a value is of the wrong type."""
    values = {each.name: getattr(spec, each.name) for each in dataclasses.fields(spec)}
    values["disable_early_stop"] = spec.beta_knob is None
    return spec_fields_to_proto(values)


def spec_fields_to_proto(fields: Mapping[str, Any]) -> resources.JobSpec:
    """A specification with these fields of the message alone. None: absent.

    Raises:
        TypeError, ValueError: As spec_to_proto.
    """
    values = dict(fields)
    policy = values.get("policy")
    if policy is not None:
        if not isinstance(policy, types.Policy):
            raise TypeError(f"policy is a {types.Policy!r} or None, not {policy!r}")
        values["policy"] = enum_to_proto(policy)
    if values.get("trial_timeout") is not None:
        values["trial_timeout"] = duration_to_proto(values["trial_timeout"])
    return resources.JobSpec(**values)  # None means absent here, too.


def spec_from_proto(spec: resources.JobSpec) -> types.JobSpec:
    values = {
        each.name: optional(spec, each.name)
        for each in dataclasses.fields(types.JobSpec)
    }
    values["batch_sizes"] = tuple(spec.batch_sizes)
    if values["trial_timeout"] is not None:
        values["trial_timeout"] = values["trial_timeout"].ToTimedelta()
    values["policy"] = (
        enum_from_proto(types.Policy, spec.policy) if spec.policy else None
    )
    return types.JobSpec(**values)


def job_from_proto(job: resources.Job) -> types.Job:
    generator = optional(job, "generator_state")
    results, summary = optional(job, "latest_results"), optional(job, "summary")
    return types.Job(
        spec=spec_from_proto(job.spec),
        stage=enum_from_proto(types.Stage, job.stage),
        exp_default_batch_size=job.exp_default_batch_size,
        min_cost=optional(job, "min_cost"),
        min_cost_batch_size=job.min_cost_batch_size,
        create_time=time_from_proto(job.create_time),
        generator_state=None if generator is None else _generator(generator),
        failures=tuple(
            types.BatchSizeFailures(each.batch_size, each.num_failures, each.infeasible)
            for each in job.failures
        ),
        num_running_trials=job.num_running_trials,
        warm_start=job.warm_start,
        warnings=tuple(map(warning_from_proto, job.warnings)),
        latest_results=None if results is None else _latest_results(results),
        summary=None if summary is None else summary_from_proto(summary),
        num_corrections=job.num_corrections,
        is_learning_anew=job.is_learning_anew,
        history=(
            types.TrialHistory(job.history.begin, job.history.num_collected)
            if job.HasField("history")
            else None
        ),
    )


def trial_from_proto(trial: resources.Trial) -> types.Trial:
    end_time = optional(trial, "end_time")
    interval = optional(trial, "heartbeat_interval")
    return types.Trial(
        job_id=trial.job_id,
        trial_number=trial.trial_number,
        batch_size=trial.batch_size,
        type=enum_from_proto(types.TrialType, trial.type),
        status=enum_from_proto(types.TrialStatus, trial.status),
        start_time=time_from_proto(trial.start_time),
        end_time=None if end_time is None else time_from_proto(end_time),
        time_seconds=optional(trial, "time_seconds"),
        energy_joules=optional(trial, "energy_joules"),
        converged=optional(trial, "converged"),
        failure=enum_from_proto(types.TrialFailure, trial.failure),
        client_id=trial.client_id,
        end_reason=enum_from_proto(types.EndReason, trial.end_reason),
        last_metric=optional(trial, "last_metric"),
        epochs=optional(trial, "epochs"),
        cost_limit=optional(trial, "cost_limit"),
        expected_rest=optional(trial, "expected_rest"),
        limit_batch_size=optional(trial, "limit_batch_size"),
        progress=part(types.TrialProgress, trial, "progress"),
        end_revision=optional(trial, "end_revision"),
        curves_ticket=part(types.CurvesTicket, trial, "curves_ticket"),
        job_uid=trial.job_uid,
        late=trial.late,
        voided=_trial_void(trial),
        heartbeat_interval=None if interval is None else interval.ToTimedelta(),
    )


def _trial_void(trial: resources.Trial) -> types.TrialVoid | None:
    if not trial.HasField("voided"):
        return None
    voided = trial.voided
    return types.TrialVoid(voided.reason, time_from_proto(voided.time))


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


def duration_to_proto(value: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(value)
    return duration


def change_from_proto(change: api.FieldChange) -> types.FieldChange:
    return types.FieldChange(change.field, change.meaning)


def started_from_proto(response: api.StartTrialResponse) -> types.StartedTrial:
    return types.StartedTrial(
        trial_from_proto(response.trial),
        part(types.TrialProgress, response, "resume_from"),
    )


def base_to_proto(base: types.ReportBase) -> api.ReportBase:
    return api.ReportBase(
        epochs=base.epochs,
        time_seconds=float(base.time_seconds),
        energy_joules=float(base.energy_joules),
    )


def verdict_from_proto(response: api.ReportResultResponse) -> types.Verdict:
    return types.Verdict(
        response.stop_train,
        response.converged,
        response.message,
        enum_from_proto(types.EndReason, response.end_reason),
    )


def profile_to_proto(profile: types.EpochProfile) -> api.EpochProfile:
    return api.EpochProfile(
        **dataclasses.asdict(profile)
    )  # None means absent here, too.


def warning_from_proto(warning: resources.Warning) -> types.JobWarning:
    return types.JobWarning(
        reason=enum_from_proto(types.WarningReason, warning.reason),
        message=warning.message,
        advice=warning.advice,
        since=time_from_proto(warning.since),
        batch_size=optional(warning, "batch_size"),
        trial_number=optional(warning, "trial_number"),
    )


def summary_from_proto(summary: resources.JobSummary) -> types.JobSummary:
    return types.JobSummary(
        last_trial_number=summary.last_trial_number,
        last_end_time=time_from_proto(summary.last_end_time),
        best_batch_size=optional(summary, "best_batch_size"),
        best_probability=summary.best_probability,
        cost_saving=part(types.Saving, summary, "cost_saving"),
        time_saving=part(types.Saving, summary, "time_saving"),
        energy_saving=part(types.Saving, summary, "energy_saving"),
        num_warnings=summary.num_warnings,
    )


def _latest_results(results: resources.LatestResults) -> types.LatestResults:
    end_time = optional(results, "last_end_time")
    return types.LatestResults(
        last_trial_number=results.last_trial_number,
        last_end_time=None if end_time is None else time_from_proto(end_time),
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
