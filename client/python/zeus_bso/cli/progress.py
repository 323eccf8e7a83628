"""How far a long command is, on standard error."""

import sys
import threading
from contextlib import contextmanager
from typing import Callable, Iterator

from rich import progress as rich_progress
from rich.console import Console

# In seconds: what is done before shows nothing.
_DELAY = 1.0


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """Yields a function to call after each step.

    Shows something only on a terminal, and only once it has taken a second. Write
    nothing to the terminal meanwhile.

    Args:
        what: Is being done.
        total: How many steps there are. None: nobody knows.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    bar = rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TextColumn("{task.completed:,}"),
        console=Console(file=sys.stderr, force_terminal=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    task = bar.add_task(what, total=total)
    starter = threading.Timer(_DELAY, bar.start)
    starter.daemon = True
    starter.start()
    try:
        yield lambda: bar.advance(task)
    finally:
        starter.cancel()
        starter.join()
        bar.stop()
