"""Ports of this machine."""

import socket

from launcher.console import Problem

HOST = "127.0.0.1"


def free_port(preferred: int = 0) -> int:
    """A free loopback port, the preferred one where nobody has it."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Problem(f"no free port on {HOST}")
