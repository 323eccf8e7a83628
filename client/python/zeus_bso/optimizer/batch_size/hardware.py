"""What a job runs on, where its specification does not say so: the monitor knows."""

import dataclasses
from typing import Any

from zeus_bso.energy import Hardware
from zeus_bso.optimizer.batch_size.exceptions import ZeusBSOConfigError
from zeus_bso.types import JobSpec


def with_hardware(job: JobSpec, monitor: Any) -> JobSpec:
    """The job with max_power, number_of_gpus and gpu_model filled in.

    Raises:
        ZeusBSOConfigError: The job lacks one of them, and the monitor does not know it.
    """
    names = [each.name for each in dataclasses.fields(Hardware)]
    missing = [name for name in names if not getattr(job, name)]
    if not missing:
        return job
    hardware = getattr(monitor, "hardware", None) or _zeus_hardware(monitor)
    if hardware is None:
        raise ZeusBSOConfigError(
            f"the monitor measures no GPUs: state {', '.join(missing)} in the job"
        )
    known = {name: getattr(hardware, name) for name in missing}
    return dataclasses.replace(job, **known)


def _zeus_hardware(monitor: Any) -> Hardware | None:
    """Of a ZeusMonitor, through the GPUs that it holds; None: it holds none."""
    gpus, indices = getattr(monitor, "gpus", None), getattr(monitor, "gpu_indices", ())
    if gpus is None or not indices:
        return None
    # Zeus changed the names of its methods from the first form to the second.
    name = getattr(gpus, "getName", None) or gpus.get_name
    limits = (
        getattr(gpus, "getPowerManagementLimitConstraints", None)
        or gpus.get_power_management_limit_constraints
    )
    models = {name(index) for index in indices}
    if len(models) > 1:
        raise ZeusBSOConfigError(f"the GPUs are not alike: {', '.join(sorted(models))}")
    return Hardware(
        max_power=sum(limits(index)[1] for index in indices) / 1000,  # In milliwatts.
        number_of_gpus=len(indices),
        gpu_model=models.pop(),
    )
