"""Keeps a message of gRPC off standard error that says nothing.

A thread of gRPC that watches a channel may find it closed, and ends with an exception
that Python prints with its traceback. Nothing is wrong: the command is done.
"""

import threading

_HARMLESS = "Cannot monitor channel state"


def silence_grpc() -> None:
    """For the rest of the process."""
    print_exception = threading.excepthook

    def on_exception(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not ValueError or _HARMLESS not in str(args.exc_value):
            print_exception(args)

    threading.excepthook = on_exception
