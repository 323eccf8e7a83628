"""A trainer for trial_test.py: python trainer.py ADDRESS JOB_ID. Trains for ever."""

import contextlib
import sys
import time

from zeus_bso.client import Client


def main() -> None:
    with Client(sys.argv[1]) as client, client.trial(sys.argv[2]):
        print("training", flush=True)
        while True:
            time.sleep(0.01)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
    sys.exit(1)
