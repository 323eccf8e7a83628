"""Tests that the clients and sessions have the same methods, and all of the API."""

import inspect
import re
import unittest
from typing import Any

from zeus_bso.async_client import AsyncClient
from zeus_bso.async_session import AsyncSession
from zeus_bso.client import Client
from zeus_bso.session import Session
from zeus_bso.types import Job, Trial
from zeus_bso.v1 import batch_size_optimizer_pb2 as optimizer_api
from zeus_bso.v1 import zeus_service_pb2 as api

# The methods whose names are shorter here.
SHORTER = {
    "get_explorations_of_job": "get_explorations",
    "get_trial_results_of_batch_size": "get_trial_results",
}

# A body takes another kind of session; records may come from an asynchronous iterable, too.
OWN_PARAMETERS = {"transact", "import_job"}


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def parameters(kind: type, name: str) -> Any:
    return inspect.signature(getattr(kind, name)).parameters


class MethodsTest(unittest.TestCase):
    def test_sessions_have_every_method_of_the_service(self) -> None:
        fields = api.SessionRequest.DESCRIPTOR.oneofs_by_name["request"].fields
        names = {SHORTER.get(each.name, each.name) for each in fields}
        self.assertEqual(public(Session), names)
        self.assertLess(names - {"commit", "sequence"}, public(Client))

    def test_clients_have_every_method_of_both_services(self) -> None:
        services = (optimizer_api.DESCRIPTOR, api.DESCRIPTOR)
        for file in services:
            for service in file.services_by_name.values():
                for method in service.methods_by_name:
                    name = re.sub(r"(?<!^)(?=[A-Z])", "_", method).lower()
                    self.assertIn(SHORTER.get(name, name), public(Client))

    def test_asynchronous_ones_have_the_same_methods(self) -> None:
        for one, other in ((Client, AsyncClient), (Session, AsyncSession)):
            self.assertEqual(public(one), public(other))
            for name in public(one) - OWN_PARAMETERS:
                with self.subTest(name):
                    self.assertEqual(parameters(one, name), parameters(other, name))

    def test_methods_are_shown_with_what_they_take_and_answer(self) -> None:
        signature = inspect.signature(Client.create_trial)
        self.assertEqual(
            list(signature.parameters), ["self", "job_id", "batch_size", "trial_type"]
        )
        self.assertIs(signature.return_annotation, Trial)
        doc = inspect.getdoc(Client.create_trial)
        assert doc is not None
        self.assertIn("BatchSizeNotInJobError", doc)
        listed = inspect.signature(Client.list_jobs).return_annotation
        self.assertEqual(listed.__args__, (Job,))


if __name__ == "__main__":
    unittest.main()
