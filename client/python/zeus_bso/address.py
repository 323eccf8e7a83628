"""Addresses of servers, as people write them."""

import re
from dataclasses import dataclass

from zeus_bso.errors import ZeusBsoError

DEFAULT_PORT = 50051
"""Of gRPC."""

# Of gRPC's targets, which it reads by itself.
_GRPC_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "xds:")

_MAX_PORT = 65535


class AddressError(ZeusBsoError, ValueError):
    """This is no address of a server."""


@dataclass(frozen=True)
class Address:
    """Where a server is."""

    target: str
    """For gRPC."""

    is_https: bool = False
    """Whether it was written so."""

    @property
    def is_local(self) -> bool:
        """Whether it is surely one of this machine."""
        local = r"(?:unix|unix-abstract):.*|(?:localhost|127\.[0-9.]+|\[::1\]):\d+"
        return re.fullmatch(local, self.target) is not None


def parse_address(text: str) -> Address:
    """Takes host:port, http:// and https:// with host or host:port, and targets of gRPC
    such as unix:/path. One slash at the end is ignored.

    Raises:
        AddressError: It is none of these.
    """
    if text.startswith(("unix:", "unix-abstract:")):
        return Address(text)
    if text.startswith(_GRPC_SCHEMES):
        return Address(text.removesuffix("/"))
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator:
        return Address(_host_and_port(text, text.removesuffix("/"), None))
    if scheme not in ("http", "https"):
        raise AddressError(f"{text!r} is no address of a server: its scheme is unknown")
    target = _host_and_port(text, rest.removesuffix("/"), DEFAULT_PORT)
    return Address(target, is_https=scheme == "https")


def _host_and_port(text: str, rest: str, default_port: int | None) -> str:
    """text: the whole address, for what is said about it."""
    if re.search(r"[/?#]", rest):
        raise AddressError(f"{text!r}: an address of gRPC has no path")
    if "@" in rest:
        raise AddressError(f"{text!r}: a token is given by itself, not in the address")
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\[\]:\s]+)(?::(.*))?", rest)
    if match is None:
        hint = "; an IPv6 address is in brackets" if rest.count(":") > 1 else ""
        raise AddressError(f"{text!r} is no address of a server{hint}")
    host, port = match.groups()
    if port is None:
        if default_port is None:
            raise AddressError(
                f"{text!r} names no port: the server's is {DEFAULT_PORT} by default, "
                f"as in {host}:{DEFAULT_PORT}"
            )
        port = str(default_port)
    if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= _MAX_PORT:
        raise AddressError(f"{text!r}: a port is a number from 1 to {_MAX_PORT}")
    return f"{host}:{port}"
