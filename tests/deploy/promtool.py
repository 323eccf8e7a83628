"""Where promtool is: ./dev test puts it there."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMTOOL = ROOT / "build" / "tools" / "promtool"
