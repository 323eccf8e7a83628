"""A server with a client, for tests of trials."""

import time
from datetime import timedelta

from server_case import ServerCase, make_spec
from zeus_bso.types import Trial, TrialStatus


class TrialCase(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)

    def register(self, timeout: float = 60.0) -> None:
        trial_timeout = timedelta(seconds=timeout)
        self.client.register_job(
            make_spec(trial_timeout=trial_timeout, max_failures_per_batch_size=0)
        )

    def last_trial(self) -> Trial:
        return list(self.client.list_trials("job"))[-1]

    def wait_until_ended(self) -> Trial:
        end = time.monotonic() + 30
        while (trial := self.last_trial()).status is TrialStatus.DISPATCHED:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        return trial
