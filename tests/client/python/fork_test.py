"""Tests of clients in forked children, where gRPC does not work."""

import subprocess
import sys
import textwrap
import unittest

from server_case import ServerCase, make_spec

PRELUDE = """
import asyncio, os, sys
from zeus_bso import AsyncClient, Client
from zeus_bso.errors import ForkedError

def in_child(body):
    child = os.fork()
    if not child:
        try:
            body()
        except ForkedError as error:
            assert "spawn" in str(error)
            sys.exit(7)
        sys.exit(8)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

address = sys.argv[1]
"""


class ForkTest(ServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address)
        self.client.register_job(make_spec())

    def run_script(self, script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(script)]
            + [self.server.address],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_a_client_of_the_parent_says_what_to_do(self) -> None:
        output = self.run_script(
            """
            with Client(address) as client:
                client.get_job("job")
                print(in_child(lambda: client.get_job("job")))
                print(client.get_job("job").spec.job_id)
            """
        )
        self.assertEqual(output, "7\njob\n")

    def test_a_new_client_says_so_too(self) -> None:
        output = self.run_script(
            """
            with Client(address) as client:
                client.get_job("job")
            print(in_child(lambda: Client(address)))
            async def make():
                async with AsyncClient(address) as client:
                    await client.get_job("job")
            print(in_child(lambda: asyncio.run(make())))
            """
        )
        self.assertEqual(output, "7\n7\n")

    def test_the_first_client_may_be_made_in_a_child(self) -> None:
        output = self.run_script(
            """
            def use():
                with Client(address) as client:
                    assert client.get_job("job")
            print(in_child(use), in_child(use))
            use()
            """
        )
        self.assertEqual(output, "8 8\n")


if __name__ == "__main__":
    unittest.main()
