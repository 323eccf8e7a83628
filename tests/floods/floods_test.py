"""Floods: others are served meanwhile, and the server keeps its memory and its end."""

import math
import os
import tempfile
import time
import unittest

import grpc

import floods
import http_floods
from floods import Connection, Target
from flooded_server import GRPC_FLOODS, HTTP_FLOODS, Flood, FloodedServer

BINARY = os.environ.get("ZEUS_BSO_SERVER_BINARY", "")
SECONDS = 2.0
MOST_MEMORY = 512 << 20

# Under a sanitizer the server takes several times as much.
IS_SLOW = "release" not in BINARY


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class FloodTest(unittest.TestCase):
    def check(self, server: FloodedServer, flood: Flood, connections: int) -> str:
        """Floods the server; what it logged."""
        outcome = server.endure(flood, connections, SECONDS)
        self.assertGreater(outcome.sent, 0)
        self.assertEqual(outcome.failures, 0)
        self.assertGreater(len(outcome.latencies), 0)
        self.assertLess(outcome.slowest_probe, math.inf)
        if not IS_SLOW:
            self.assertLess(outcome.peak, MOST_MEMORY)
        server.stop()
        self.assertEqual(server.process.returncode, 0)
        return outcome.log

    def test_what_nobody_answers_ends_the_connections_of_its_peer(self) -> None:
        for flood in (
            floods.unknown_methods,
            floods.resets,
            floods.continuations,
            floods.settings,
            floods.pings,
        ):
            with self.subTest(flood.__name__), FloodedServer(BINARY) as server:
                server.register(1)
                log = self.check(server, flood, GRPC_FLOODS[flood])
                self.assertIn("the connections of 127.0.0.2 were closed", log)

    def test_calls_without_a_role_end_the_connections_of_their_peer(self) -> None:
        with tempfile.NamedTemporaryFile("w") as roles:
            roles.write(f"reader token {'0' * 64}\n")
            roles.flush()
            with FloodedServer(BINARY, f"--roles={roles.name}") as server:
                target = Target(server.grpc_port)
                floods.without_a_role(target, time.monotonic() + SECONDS)
                self.assertIn("without a role", server.log())

    def test_who_was_closed_is_not_taken_again_at_once(self) -> None:
        with FloodedServer(BINARY) as server:
            server.register(1)
            server.endure(floods.resets, 4, SECONDS)
            connection = Connection(Target(server.grpc_port))
            with self.assertRaises(OSError):
                while True:
                    connection.drop_answers()
                    time.sleep(0.01)
            connection.close()
            # Another address of the same machine is another peer.
            other = Connection(Target(server.grpc_port, source="127.0.0.3"))
            for _ in range(10):
                other.drop_answers()
                time.sleep(0.01)
            other.close()

    def test_compressed_requests_are_refused(self) -> None:
        with FloodedServer(BINARY) as server:
            server.register(1)
            self.check(server, floods.zeros, GRPC_FLOODS[floods.zeros])

    def test_calls_that_are_answered_are_not_counted(self) -> None:
        with FloodedServer(BINARY) as server:
            server.register(1)
            begin = time.monotonic()
            count = 0
            while time.monotonic() - begin < SECONDS:
                server.start_trial()
                count += 1
            self.assertGreater(count, 0)

    def test_large_requests_are_not_counted(self) -> None:
        with FloodedServer(BINARY) as server:
            for _ in range(40):  # Together five times what may lead to no call.
                with self.assertRaises(grpc.RpcError) as caught:
                    server.list_jobs("x" * (900 << 10))
                self.assertIs(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
            self.assertEqual(server.log(), "")

    def test_a_server_that_takes_too_much_memory_ends_as_it_should(self) -> None:
        with FloodedServer(BINARY, "--max_memory_mib=1") as server:
            self.assertEqual(server.process.wait(timeout=60), 0)

    def test_http(self) -> None:
        for flood in (http_floods.unfinished_bodies, http_floods.unread_lists):
            with self.subTest(flood.__name__), FloodedServer(BINARY) as server:
                server.register(100)
                self.check(server, flood, HTTP_FLOODS[flood])


if __name__ == "__main__":
    unittest.main()
