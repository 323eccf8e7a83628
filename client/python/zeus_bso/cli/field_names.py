"""What to say of a field that does not exist."""

import difflib
from typing import Sequence


def unknown_field(name: str, known: Sequence[str]) -> str:
    """Names the nearest field that exists, if one is near."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f", perhaps {close[0]!r}" if close else ""
    return f"there is no field {name!r}{hint}"
