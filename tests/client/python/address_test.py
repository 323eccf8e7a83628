"""Tests of addresses, and of what is said where nobody answers."""

import os
import socket
import threading
import unittest
from unittest import mock

from server_case import ServerCase, free_port, make_spec
from zeus_bso import errors
from zeus_bso.address import Address, AddressError, parse_address
from zeus_bso.client import Client
from zeus_bso.optimizer.batch_size import exceptions
from zeus_bso.optimizer.batch_size.server import open_client
from zeus_bso.retry import RetryPolicy

NO_RETRIES = RetryPolicy(total=0.0)


class ParseTest(unittest.TestCase):
    def test_what_is_an_address(self) -> None:
        for text, target in {
            "host:1234": "host:1234",
            "host:1234/": "host:1234",
            "http://host": "host:50051",
            "http://host/": "host:50051",
            "HTTP://10.0.0.1:80": "10.0.0.1:80",
            "[::1]:50051": "[::1]:50051",
            "http://[fe80::1%eth0]": "[fe80::1%eth0]:50051",
            "my_host.example:65535": "my_host.example:65535",
            "dns:///host:1234/": "dns:///host:1234",
            "ipv4:127.0.0.1:1234": "ipv4:127.0.0.1:1234",
            "unix:/a/b": "unix:/a/b",
            "unix:///a/b/": "unix:///a/b/",
            "unix-abstract:a": "unix-abstract:a",
        }.items():
            self.assertEqual(parse_address(text), Address(target), text)
        self.assertEqual(
            parse_address("https://host:1"), Address("host:1", is_https=True)
        )

    def test_what_is_none(self) -> None:
        for text, said in {
            "": "no address",
            "host": "host:50051",
            "host/": "host:50051",
            "host:": "a port is a number",
            "host:0": "a port is a number",
            "host:99999": "a port is a number",
            "host:-1": "a port is a number",
            "http://host:grpc": "a port is a number",
            "http://": "no address",
            "http://host/path": "has no path",
            "host:1//": "has no path",
            "host:1?a": "has no path",
            "http://user:token@host": "a token is given by itself",
            "::1": "in brackets",
            "ho st:1": "no address",
            "[::1:1": "in brackets",
            "ftp://host:1": "its scheme is unknown",
        }.items():
            with self.assertRaises(AddressError) as caught:
                parse_address(text)
            self.assertIn(said, str(caught.exception), text)
            self.assertIn(repr(text), str(caught.exception))

    def test_what_is_of_this_machine(self) -> None:
        for text in ("localhost:1", "127.0.0.1:1", "http://[::1]", "unix:/a"):
            self.assertTrue(parse_address(text).is_local, text)
        for text in ("host:1", "127.example:1", "localhost.example:1", "dns:a:1"):
            self.assertFalse(parse_address(text).is_local, text)

    def test_who_takes_them(self) -> None:
        with self.assertRaises(AddressError):
            Client("host")
        with self.assertRaises(exceptions.ZeusBSOConfigError) as caught:
            open_client("host")
        self.assertIn("names no port", str(caught.exception))
        for text, target in {
            "http://127.0.0.1:1/": "127.0.0.1:1",
            "127.0.0.1:1": "127.0.0.1:1",
            "https://127.0.0.1": "https://127.0.0.1:50051",
        }.items():
            with open_client(text) as client:
                self.assertEqual(client._server, target)


class UnreachableTest(ServerCase):
    def said_by(self, target: str) -> str:
        client = self.connect(target, retry=NO_RETRIES)
        with self.assertRaises(errors.UnavailableError) as caught:
            client.get_job("job")
        return caught.exception.message

    def test_nobody_listens(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        self.assertEqual(
            self.said_by(address),
            f"cannot reach the server at {address} (connection refused)",
        )
        self.assertIn(
            "at /nonexistent (no such file", self.said_by("unix:/nonexistent")
        )

    def test_there_is_no_such_host(self) -> None:
        self.assertEqual(
            self.said_by("nobody.invalid:50051"),
            "cannot reach the server at nobody.invalid:50051 (there is no such host)",
        )

    def test_a_port_of_http(self) -> None:
        port = free_port()
        self.start_server(flags=[f"--http_listen=127.0.0.1:{port}"])
        said = self.said_by(f"127.0.0.1:{port}")
        self.assertIn("this port is for HTTP; that of gRPC is 50051 by default", said)

    def test_a_proxy_is_not_asked_for_this_machine(self) -> None:
        asked = threading.Event()
        proxy = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(proxy.close)

        def accept() -> None:
            proxy.accept()
            asked.set()

        threading.Thread(target=accept, daemon=True).start()
        address = f"127.0.0.1:{free_port()}"
        self.start_server(listen=[address])
        variables = {"http_proxy": f"http://127.0.0.1:{proxy.getsockname()[1]}"}
        with mock.patch.dict(os.environ, variables):
            self.connect(address).register_job(make_spec())
        self.assertFalse(asked.is_set())


if __name__ == "__main__":
    unittest.main()
