"""The batch size optimizer of Zeus, by its own protocol.

A training script that was written for Zeus imports it from here instead of from
zeus.optimizer.batch_size, and needs no other change.
"""

from zeus_bso.optimizer.batch_size.callback import BatchSizeOptimizer
from zeus_bso.types import JobSpec, Policy

__all__ = ["BatchSizeOptimizer", "JobSpec", "Policy"]
