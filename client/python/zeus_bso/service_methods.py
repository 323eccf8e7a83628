"""The methods that clients and sessions have in common: those of ZeusService."""

from zeus_bso import service_changes as changes
from zeus_bso import service_reads as reads
from zeus_bso.methods import awaiting, blocking


class ServiceMethods:
    """Of Client and Session."""

    get_job = blocking(reads.get_job)
    get_trial = blocking(reads.get_trial)
    get_arms = blocking(reads.get_arms)
    get_arm = blocking(reads.get_arm)
    get_explorations = blocking(reads.get_explorations)
    get_trial_results = blocking(reads.get_trial_results)
    create_job = blocking(changes.create_job)
    create_trial = blocking(changes.create_trial)
    create_arms = blocking(changes.create_arms)
    update_trial = blocking(changes.update_trial)
    update_arm_state = blocking(changes.update_arm_state)
    update_exp_default_batch_size = blocking(changes.update_exp_default_batch_size)
    update_job_stage = blocking(changes.update_job_stage)
    get_random_choices = blocking(changes.get_random_choices)
    get_normal = blocking(changes.get_normal)


class AsyncServiceMethods:
    """Of AsyncClient and AsyncSession."""

    get_job = awaiting(reads.get_job)
    get_trial = awaiting(reads.get_trial)
    get_arms = awaiting(reads.get_arms)
    get_arm = awaiting(reads.get_arm)
    get_explorations = awaiting(reads.get_explorations)
    get_trial_results = awaiting(reads.get_trial_results)
    create_job = awaiting(changes.create_job)
    create_trial = awaiting(changes.create_trial)
    create_arms = awaiting(changes.create_arms)
    update_trial = awaiting(changes.update_trial)
    update_arm_state = awaiting(changes.update_arm_state)
    update_exp_default_batch_size = awaiting(changes.update_exp_default_batch_size)
    update_job_stage = awaiting(changes.update_job_stage)
    get_random_choices = awaiting(changes.get_random_choices)
    get_normal = awaiting(changes.get_normal)
