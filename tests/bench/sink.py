"""A null SMTP relay as a process of its own: takes every letter, keeps none, tells the count.

`python -m tests.bench.sink PORT`; VRFY answers with how many letters and bytes it took.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import Self

from deploy.local.ports import HOST

END = b"\r\n.\r\n"


@dataclass
class Taken:
    """What has been taken so far."""

    letters: int = 0
    octets: int = 0


class Relay(asyncio.Protocol):
    """One connection: says 250 to everything."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._buffer = bytearray()
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._letter() if self._in_data else self._command():
            continue

    def _letter(self) -> bool:
        end = self._buffer.find(END)
        if end < 0:
            return False
        del self._buffer[: end + len(END)]
        self._taken.letters += 1
        self._taken.octets += end
        self._in_data = False
        self._transport.write(b"250 2.0.0 taken\r\n")
        return True

    def _command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        verb = bytes(self._buffer[:4]).upper()
        del self._buffer[: end + 2]
        self._in_data = verb == b"DATA"
        self._transport.write(self._reply(verb))
        if verb == b"QUIT":
            self._transport.close()
        return True

    def _reply(self, verb: bytes) -> bytes:
        match verb:
            case b"EHLO":
                return b"250-sink\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n"
            case b"DATA":
                return b"354 go on\r\n"
            case b"QUIT":
                return b"221 bye\r\n"
            case b"VRFY":
                return f"252 {self._taken.letters} {self._taken.octets}\r\n".encode()
            case _:
                return b"250 ok\r\n"


@dataclass
class Sight:
    """Looks at a running sink from outside."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def of(cls, port: int) -> Self:
        sight = cls(*await asyncio.open_connection(HOST, port))
        await sight.reader.readline()
        return sight

    async def taken(self) -> Taken:
        self.writer.write(b"VRFY all\r\n")
        _, letters, octets = (await self.reader.readline()).split()
        return Taken(int(letters), int(octets))

    def close(self) -> None:
        self.writer.close()


async def main(port: int) -> None:
    taken = Taken()
    server = await asyncio.get_running_loop().create_server(lambda: Relay(taken), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
