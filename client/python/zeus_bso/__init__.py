"""Client of zeus-bso, a server that learns the best batch size for training jobs that
recur.

Here is what most programs need; the modules have the rest.
"""

from zeus_bso.async_client import AsyncClient
from zeus_bso.async_trial import AsyncTrialRun
from zeus_bso.client import Client
from zeus_bso.connection import Tls
from zeus_bso.energy import EnergyMeter, best_meter
from zeus_bso.errors import ZeusBsoError
from zeus_bso.local_server import LocalServer
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.retry import RetryPolicy
from zeus_bso.trial import TrialRun
from zeus_bso.types import (
    Job,
    JobSpec,
    Policy,
    Trial,
    TrialFailure,
    TrialStatus,
    Verdict,
)
from zeus_bso.version import __version__

__all__ = [
    "AsyncClient",
    "AsyncTrialRun",
    "BatchSizeOptimizer",
    "Client",
    "EnergyMeter",
    "Job",
    "JobSpec",
    "LocalServer",
    "Policy",
    "RetryPolicy",
    "Tls",
    "Trial",
    "TrialFailure",
    "TrialRun",
    "TrialStatus",
    "Verdict",
    "ZeusBsoError",
    "__version__",
    "best_meter",
]
