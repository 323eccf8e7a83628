"""Why nobody answers, in words: gRPC says it for those who know its insides."""

import re
import urllib.parse

_NO_HOST = re.compile(r"DNS resolution failed for (\S+?): ")
_LAST_ERROR = re.compile(
    r"last error: \w+: (?:ipv4|ipv6|unix):(.+?): "
    r"(?:Failed to connect to remote host: )?(.+)"
)


def explain(details: str) -> str:
    """Rewrites the message of an UNAVAILABLE error of gRPC.

    Returns a message that it does not know unchanged.
    """
    no_host = _NO_HOST.search(details)
    if no_host is not None:
        return f"cannot reach the server at {no_host[1]} (there is no such host)"
    last = _LAST_ERROR.search(details)
    if last is None:
        return details
    address, cause = urllib.parse.unquote(last[1]), last[2]
    if "http1.x server" in cause:
        cause = "this port is for HTTP; that of gRPC is 50051 by default"
    return f"cannot reach the server at {address} ({cause[0].lower()}{cause[1:]})"
