"""One colour for each batch size, the same in all pictures."""

from typing import Any, Iterable

import matplotlib
from matplotlib.colors import ListedColormap, LogNorm

# Told apart also by those who see few colours, and in print; the last tenth, of a bright
# yellow, cannot be seen on white.
_MAP = "viridis"
_USED = 0.9
_STEPS = 256

NEUTRAL = "0.35"
"""What belongs to no batch size."""
ACCENT = "#c1272d"
"""What must be seen before all else. Not in the map."""


class SizeColours:
    """Of a job's batch sizes, by their logarithm."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.sizes = sorted(sizes)
        shades = matplotlib.colormaps[_MAP]
        self._map = ListedColormap(
            [shades(_USED * step / (_STEPS - 1)) for step in range(_STEPS)]
        )
        least, greatest = self.sizes[0], self.sizes[-1]
        self._norm = LogNorm(least, greatest if greatest > least else 2 * least)

        self._of = {size: self._map(self._norm(size)) for size in self.sizes}

    def of(self, size: int) -> Any:
        """One of the job's."""
        return self._of[size]

    def scale(self) -> Any:
        """What a colour bar shows."""
        return matplotlib.cm.ScalarMappable(self._norm, self._map)
