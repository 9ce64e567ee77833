"""Which TCP ports of 127.0.0.1 the platform takes: fixed and documented, or free for a test."""

import os
import random
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields

from deploy.local.errors import PlatformError

HOST = "127.0.0.1"
FREE_RANGE = range(20_000, 32_000)  # below the ports that outgoing connections use

_given: set[int] = set()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Ports:
    """One port per listener. The defaults are the documented ones of `make up`."""

    kafka: int = 19092
    controller: int = 19093
    mongodb: int = 27117
    smtp: int = 11025
    inbox: int = 11080
    intake: int = 19101
    signature: int = 19102
    receipt: int = 19103
    ebook: int = 19104

    @classmethod
    def documented(cls, env: Mapping[str, str] | None = None) -> "Ports":
        """The fixed ports, each overridable by `HOSO_<NAME>_PORT`, as `HOSO_KAFKA_PORT`."""
        env = os.environ if env is None else env
        chosen = {}
        for field in fields(cls):
            name = f"HOSO_{field.name.upper()}_PORT"
            if text := env.get(name):
                chosen[field.name] = _port(name, text)
        return cls(**chosen)

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody listens on, never twice the same in one process."""
        return cls(**{field.name: free_port() for field in fields(cls)})


def free_port() -> int:
    """A port nobody listens on now, never given twice by this process."""
    with _lock:
        for port in random.SystemRandom().sample(FREE_RANGE, 500):
            if port not in _given and not is_taken(port):
                _given.add(port)
                return port
    raise PlatformError(f"No free port between {FREE_RANGE.start} and {FREE_RANGE.stop}.")


def is_taken(port: int) -> bool:
    """Whether a server could not bind this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def require_free(port: int, part: str, variable: str | None = None) -> None:
    """Nothing, or one sentence that names the taken port and says what to do."""
    if is_taken(port):
        change = f", or choose another with {variable}" if variable else ""
        raise PlatformError(
            f"Port {port}, which {part} needs, is taken by another process: "
            f"stop that process (`make down` if it is ours){change}."
        )


def accepts(address: str, *, timeout: float = 2.0) -> bool:
    """Whether something accepts TCP connections at `host:port` (an IPv6 host in brackets)."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=timeout):
            return True
    except (OSError, ValueError):
        return False


def _port(name: str, text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65_536:  # noqa: PLR2004 - the ports there are
        return int(text)
    raise PlatformError(f"{name}={text!r} is not a port number (1 to 65535).")
