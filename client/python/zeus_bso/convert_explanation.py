"""From the messages of ExplainJob to the values of zeus_bso.explanation."""

from zeus_bso import convert, explanation, types
from zeus_bso.message_fields import enum_from_proto, optional, part
from zeus_bso.v1 import explanation_pb2 as explanation_api


def explanation_from_proto(
    response: explanation_api.ExplainJobResponse,
) -> explanation.Explanation:
    return explanation.Explanation(
        job=convert.job_from_proto(response.job),
        summary=response.summary,
        best_batch_size=optional(response, "best_batch_size"),
        next_batch_size=optional(response, "next_batch_size"),
        cost_saving=part(types.Saving, response, "cost_saving"),
        time_saving=part(types.Saving, response, "time_saving"),
        energy_saving=part(types.Saving, response, "energy_saving"),
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
        cost=part(explanation.Estimate, size, "cost"),
        energy=part(explanation.Estimate, size, "energy"),
        time=part(explanation.Estimate, size, "time"),
        epochs=part(explanation.Estimate, size, "epochs"),
        epoch_cost=part(explanation.Estimate, size, "epoch_cost"),
        best_probability=size.best_probability,
        standing=enum_from_proto(explanation.Standing, size.standing),
        trial_number=optional(size, "trial_number"),
    )
