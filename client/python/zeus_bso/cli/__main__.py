"""`python -m zeus_bso.cli`: the command `zeus-bso`."""

import sys

# The packages that the extra "cli" installs.
_PACKAGES = ("click", "rich", "numpy", "matplotlib")


def main() -> int:
    """Runs the command line of this process; returns the exit code, an ExitCode."""
    try:
        from zeus_bso.cli.main import main as run

        return run()
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _PACKAGES:
            raise
        print(
            f"Error: {package} is not installed; the command needs "
            "pip install 'zeus-bso[cli]'",
            file=sys.stderr,
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
