"""Launchers that run several processes of a training, by the variables that they set."""

import os

from zeus_bso.optimizer.batch_size.exceptions import ZeusBSOConfigError

# How many processes there are, and which one this is: torch.distributed.run, Open MPI,
# MPICH and Intel MPI, Slurm.
_VARIABLES = (
    ("WORLD_SIZE", "RANK"),
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("PMI_SIZE", "PMI_RANK"),
    ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
)


def check_single_process() -> None:
    """Where the script says nothing of ranks.

    Raises:
        ZeusBSOConfigError: A launcher runs more than one process. Each would start a
            trial of its own.
    """
    for size, rank in _VARIABLES:
        if _number(size) > 1:
            raise ZeusBSOConfigError(
                f"{os.environ[size]} processes train together ({size}); say which one "
                f"this is, and how rank 0 tells the others:\n"
                f'    BatchSizeOptimizer(..., rank=int(os.environ["{rank}"]),\n'
                f'                       broadcast="torch")'
            )


def _number(variable: str) -> int:
    try:
        return int(os.environ.get(variable, "1"))
    except ValueError:
        return 1
