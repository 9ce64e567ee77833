"""HTTP for operators: /metrics, /live, /ready. Nothing else, and nothing personal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.chassis.metrics import REGISTRY

REQUEST_SECONDS = 5.0
_MAX_HEADER_LINES = 100
_JSON = "application/json"

Answer = tuple[int, str, bytes]
Reasons = Callable[[], Awaitable[list[str]]]
_PHRASES = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


@dataclass(slots=True)
class Health:
    """The server; `live` and `ready` give reasons why not."""

    live: Reasons
    ready: Reasons
    _server: asyncio.Server | None = field(default=None)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port that was taken (for 0 a free one)."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=16 * 1024)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port; twice is fine."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                line = (await reader.readline()).decode("latin-1").split()
                for _ in range(_MAX_HEADER_LINES):
                    if not (await reader.readline()).strip():
                        break
            writer.write(_http(*await self._answer(line)))
            await writer.drain()
        except (OSError, ValueError):
            return  # the caller went away or did not speak HTTP
        finally:
            writer.close()

    async def _answer(self, line: list[str]) -> Answer:
        if len(line) < 2 or line[0] not in {"GET", "HEAD"}:  # noqa: PLR2004  method and path
            return 405, _JSON, b"{}"
        match line[1].partition("?")[0]:
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
            case "/live":
                return _state("live", await self.live())
            case "/ready":
                return _state("ready", await self.ready())
        return 404, _JSON, b"{}"


def _state(name: str, reasons: list[str]) -> Answer:
    body = orjson.dumps({name: not reasons, "reasons": reasons})
    return (503 if reasons else 200), _JSON, body


def _http(status: int, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
