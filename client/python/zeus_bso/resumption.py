"""How the reports of a training that was started again state what came before."""

from zeus_bso.types import ReportBase, TrialProgress


class Resumption:
    """What a trial had done before this process. For one thread at a time.

    The training measures its time and its energy from 0 again, so every report states
    those of before, and the server adds them. The training either counts its epochs from
    1 again, and its reports state the epochs of before as well, or it goes on counting.
    The first report decides for all: with epoch 1 or less the training counts again, and
    with any other it goes on, perhaps from a checkpoint that is older than the last report.
    """

    def __init__(self, progress: TrialProgress) -> None:
        """progress: the last report before this process, as the server knows it."""
        self._progress = progress
        self._base: ReportBase | None = None

    def count_on(self) -> None:
        """The training goes on counting, whatever its first report is."""
        self._base = self._base_with(0)

    def base(self, epoch: int) -> ReportBase:
        """What a report of this epoch states. The same each time."""
        if self._base is None:
            self._base = self._base_with(self._progress.epochs if epoch <= 1 else 0)
        return self._base

    def _base_with(self, epochs: int) -> ReportBase:
        before = self._progress
        return ReportBase(epochs, before.time_seconds, before.energy_joules)
