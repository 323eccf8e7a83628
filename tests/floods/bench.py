#!/usr/bin/env python3
"""Floods a server in every way that is known here, and prints what that did to it."""

import argparse
import sys

from flooded_server import GRPC_FLOODS, HEALTH_FLOODS, HTTP_FLOODS, FloodedServer

MIB = 1 << 20


def main() -> int:
    """Runs the program; returns its exit status: 1 if a bound was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server_binary", required=True, metavar="PATH")
    parser.add_argument("--seconds", type=float, default=8, help="of each flood")
    options = parser.parse_args()
    print(
        "| flood | connections | sent | another client's StartTrial, p50, p99, ms | "
        "failed | slowest probe, ms | memory, most, MiB | 3 s later | CPU, s | SIGTERM, s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    kept = True
    for flood, connections in {**GRPC_FLOODS, **HTTP_FLOODS, **HEALTH_FLOODS}.items():
        with FloodedServer(options.server_binary) as server:
            server.register()
            outcome = server.endure(flood, connections, options.seconds, rest=3)
            stopped = server.stop()
        latencies = outcome.latencies or [float("inf")]
        p99 = latencies[int(len(latencies) * 0.99)]
        print(
            f"| {flood.__name__} | {connections} | {outcome.sent:,} | "
            f"{latencies[len(latencies) // 2] * 1e3:.0f}, {p99 * 1e3:.0f} | "
            f"{outcome.failures} | {outcome.slowest_probe * 1e3:.0f} | "
            f"{outcome.peak // MIB} | {outcome.after // MIB} | "
            f"{outcome.cpu:.1f} | {stopped:.1f} |",
            flush=True,
        )
        kept = kept and p99 < 0.5 and outcome.peak < 512 * MIB
        kept = kept and outcome.slowest_probe < 0.1
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
