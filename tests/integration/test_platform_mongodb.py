"""The MongoDB engine of the local platform: what it acknowledged survives SIGKILL."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection

from deploy.local import mongodb, ports


async def test_mongodb_killed_and_started_again_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    server = mongodb.start(tmp_path / "mongodb")
    try:
        with MongoClient[dict[str, object]](server.uri) as client:
            kept = client["test"].get_collection(
                "kept", write_concern=WriteConcern("majority", j=True)
            )
            kept.insert_one({"_id": "large", "bytes": b"x" * 8_000_000})
            for number in range(200):
                kept.insert_one({"_id": number})
            server.kill()
            server.restart()
            assert kept.count_documents({}) == 201
            large = kept.find_one({"_id": "large"})
            assert large is not None
            assert large["bytes"] == b"x" * 8_000_000
    finally:
        server.stop()


def test_mongodb_acknowledges_what_is_in_its_journal_file(tmp_path: Path) -> None:
    """Seen by another process at once: that is what SIGKILL cannot take away."""
    server = mongodb.start(tmp_path / "mongodb")
    late = []
    try:
        with (
            MongoClient[dict[str, object]](server.uri, w="majority", journal=True) as client,
            busy_machine(client["test"]["beside"]),
        ):
            kept = client["test"]["kept"]
            for number in range(600):
                mark = uuid4().hex
                kept.insert_one({"_id": number, "mark": mark})
                if not any(mark.encode() in log.read_bytes() for log in journal(tmp_path)):
                    late.append(number)
    finally:
        server.stop()
    assert late == []


@contextmanager
def busy_machine(beside: Collection[dict[str, object]]) -> Iterator[None]:
    """More work than cores, and another writer: only then is an answer too early, if it ever is."""
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
    stopping = threading.Event()

    def write() -> None:
        while not stopping.is_set():
            beside.update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stopping.set()
        writer.join()
        for one in load:
            one.kill()
            one.wait()


def journal(directory: Path) -> list[Path]:
    """The journal's files, the newest first."""
    return sorted(directory.rglob("WiredTigerLog.*"), reverse=True)


def test_a_broken_connection_does_not_disturb_the_others(tmp_path: Path) -> None:
    server = mongodb.start(tmp_path / "mongodb")
    try:
        with MongoClient[dict[str, object]](server.uri) as client:
            for garbage in (b"\x05\0\0\0", b"\xff" * 64, b"\0" * 16, b"GET / HTTP/1.1\r\n\r\n"):
                with socket.create_connection((ports.HOST, server.port)) as broken:
                    broken.sendall(garbage)
            assert client.admin.command("ping")["ok"] == 1
    finally:
        server.stop()
