"""Finds a trial by its number."""

from zeus_bso.cli.exits import NotFound
from zeus_bso.cli.progress import progress
from zeus_bso.cli.server import PAGE_SIZE
from zeus_bso.cli.text import history_text
from zeus_bso.client import Client
from zeus_bso.types import Trial


def find_trial(
    client: Client, job_id: str, trial_number: int, batch_size: int | None = None
) -> Trial:
    """Lists the job's trials up to this one, unless its batch size is known.

    Raises NotFound, and ZeusBsoError where a call fails.
    """
    if batch_size is not None:
        found = client.get_trial(job_id, batch_size, trial_number)
    else:
        found = _listed(client, job_id, trial_number)
    if found is None:
        of_size = "" if batch_size is None else f" of batch size {batch_size}"
        job = client.get_job(job_id)
        if job is not None and job.history is not None:
            of_size += f"; its history {history_text(job.history)}"
        raise NotFound(f"TRIAL_NOT_FOUND: the job has no trial {trial_number}{of_size}")
    return found


def _listed(client: Client, job_id: str, trial_number: int) -> Trial | None:
    with progress("Looking for the trial") as advance:
        for trial in client.list_trials(job_id, page_size=PAGE_SIZE):
            if trial.trial_number >= trial_number:
                return trial if trial.trial_number == trial_number else None
            advance()
    return None
