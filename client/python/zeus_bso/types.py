"""The things that the server keeps, as plain Python values.

Units, everywhere: time in seconds, energy in joules, power in watts, cost in joules.
Everything here is immutable, and so safe for threads. The modules are by subject; import
from here.
"""

from zeus_bso.arm_types import Arm
from zeus_bso.correction_types import (
    BatchSizeReset,
    JobUpdate,
    TrialVoiding,
)
from zeus_bso.job_types import (
    BatchSizeFailures,
    EpochProfile,
    FieldChange,
    GeneratorState,
    IfExists,
    Job,
    Registration,
    Stage,
    TrialHistory,
)
from zeus_bso.notice_types import (
    JobSummary,
    JobWarning,
    LatestResults,
    Saving,
    WarningReason,
)
from zeus_bso.spec_types import JobSpec, Policy
from zeus_bso.trial_types import (
    CurvesTicket,
    EndReason,
    ReportBase,
    StartedTrial,
    Trial,
    TrialFailure,
    TrialProgress,
    TrialResult,
    TrialStatus,
    TrialType,
    TrialVoid,
    Verdict,
)

__all__ = [
    "Arm",
    "BatchSizeFailures",
    "BatchSizeReset",
    "CurvesTicket",
    "EndReason",
    "EpochProfile",
    "FieldChange",
    "GeneratorState",
    "IfExists",
    "Job",
    "JobSpec",
    "JobSummary",
    "JobUpdate",
    "JobWarning",
    "LatestResults",
    "Policy",
    "Registration",
    "ReportBase",
    "Saving",
    "Stage",
    "StartedTrial",
    "Trial",
    "TrialFailure",
    "TrialHistory",
    "TrialProgress",
    "TrialResult",
    "TrialStatus",
    "TrialType",
    "TrialVoid",
    "TrialVoiding",
    "Verdict",
    "WarningReason",
]
