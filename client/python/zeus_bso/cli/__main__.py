"""`python -m zeus_bso.cli`: the command `zeus-bso`."""

import sys

from zeus_bso.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
