"""What the machine gives at all: signature checks per core, bulk writes, a loop that forwards."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import InsertOne, ReplaceOne

BATCH = 500
BATCHES = 20
TEXT = "đ" * 2000
CHECKS = 3000
_SPEED = {
    "ecdsap256": r"256 bits ecdsa \(nistp256\).*\s([\d.]+)$",
    "rsa2048": r"rsa 2048 bits.*\s([\d.]+)$",
    "ed25519": r"253 bits EdDSA \(Ed25519\).*\s([\d.]+)$",
}


def openssl() -> dict[str, float]:
    """Verifications per second of one core, by `openssl speed`."""
    program = shutil.which("openssl")
    if program is None:
        return {}
    command = [program, "speed", "-seconds", "1", *_SPEED]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {name: re.search(line, printed, re.MULTILINE) for name, line in _SPEED.items()}
    return {f"openssl verify {name}": float(m[1]) for name, m in found.items() if m}


def verifications() -> dict[str, float]:
    """The same through `cryptography`, over 4 KB, in one thread."""
    data = b"x" * 4096
    sha, pss = hashes.SHA256(), padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    p256, rsa_, edwards = (
        ec.generate_private_key(ec.SECP256R1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    )
    by_p256 = p256.sign(data, ec.ECDSA(sha))
    by_rsa, by_edwards = rsa_.sign(data, pss, sha), edwards.sign(data)
    k1, k2, k3 = p256.public_key(), rsa_.public_key(), edwards.public_key()
    return {
        "cryptography verify P-256": _per_second(lambda: k1.verify(by_p256, data, ec.ECDSA(sha))),
        "cryptography verify RSA-2048": _per_second(lambda: k2.verify(by_rsa, data, pss, sha)),
        "cryptography verify Ed25519": _per_second(lambda: k3.verify(by_edwards, data)),
    }


def _per_second(act: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(CHECKS):
        act()
    return CHECKS / (time.process_time() - started)


async def writes(uri: str) -> dict[str, float]:
    """Documents of 4 KB per second, 500 at a time, journaled."""
    client = AsyncIOMotorClient[dict[str, object]](uri, w="majority", journal=True)
    rows = client.raw.rows
    numbers = [range(start, start + BATCH) for start in range(0, BATCH * BATCHES, BATCH)]

    async def insert_many() -> None:
        for some in numbers:
            await client.raw.more.insert_many([{"_id": n, "text": TEXT} for n in some])

    async def inserts() -> None:
        for some in numbers:
            await rows.bulk_write(
                [InsertOne({"_id": n, "text": TEXT}) for n in some], ordered=False
            )

    async def replaces() -> None:
        for some in numbers:
            await rows.bulk_write(
                [ReplaceOne({"_id": n}, {"_id": n, "text": TEXT}) for n in some], ordered=False
            )

    acts: dict[str, Callable[[], Awaitable[None]]] = {
        "insert_many, 500 x 4 KB": insert_many,
        "bulk_write of inserts, 500 x 4 KB": inserts,
        "bulk_write of replacements, 500 x 4 KB": replaces,
    }
    found = {}
    for name, act in acts.items():
        started = time.monotonic()
        await act()
        found[name] = BATCH * BATCHES / (time.monotonic() - started)
    await client.drop_database("raw")
    client.close()
    return found
