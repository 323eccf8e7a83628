"""As trainer.py, for asyncio: python async_trainer.py ADDRESS JOB_ID TASK|THREAD.

Trains for ever, in the task of the trial, or in a thread that the task waits for.
"""

import asyncio
import sys
import time

from zeus_bso.async_client import AsyncClient
from zeus_bso.async_trial import AsyncTrialRun


def train(trial: AsyncTrialRun) -> None:
    print("training", flush=True)
    while trial.running:
        time.sleep(0.01)


async def main(address: str, job_id: str, where: str) -> None:
    async with AsyncClient(address) as client, client.trial(job_id) as trial:
        if where == "TASK":
            train(trial)
        await asyncio.to_thread(train, trial)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
