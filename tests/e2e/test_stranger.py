"""Promise to the portal team: `schemas/README.md` alone, with openssl and kcat, is enough.

Nothing of hoso's own code makes, signs, publishes or reads anything here.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.local import tools
from deploy.local.platform import Platform
from tests.system import running

README = Path(__file__).parents[2] / "schemas/README.md"
GOOD, FORGED = "G12.01-20261122-0000001", "G12.01-20261122-0000002"


def blocks() -> list[str]:
    """The README's shell blocks, in order: keys, sign, publish, settle."""
    return re.findall(r"```bash\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def shell(folder: Path, script: str, env: dict[str, str]) -> None:
    result = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def kcat_read(env: dict[str, str], topic: str) -> list[dict[str, Any]]:
    where = ["-b", env["KAFKA_BOOTSTRAP_SERVERS"], "-t", topic]
    output = subprocess.run(
        ["kcat", "-C", *where, "-o", "beginning", "-e", "-q"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [json.loads(line) for line in output.splitlines()]


def about(events: list[dict[str, Any]], code: str) -> list[dict[str, Any]]:
    return [event for event in events if event["correlationid"] == code]


async def awaited(read: Any, condition: Any, seconds: float = 180) -> Any:
    deadline = time.monotonic() + seconds
    while not condition(found := await asyncio.to_thread(read)):
        assert time.monotonic() < deadline, f"still: {found}"
        await asyncio.sleep(0.5)
    return found


def inbox(platform: Platform) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{platform.inbox_url}/api/email") as reply:
        mails = json.loads(reply.read())
    found: list[dict[str, Any]] = mails if isinstance(mails, list) else mails["items"]
    return found


@pytest.mark.timeout(600)
async def test_a_stranger_files_and_settles_with_openssl_and_kcat_alone(
    platform: Platform, tmp_path: Path
) -> None:
    env = {**tools.env(), "KAFKA_BOOTSTRAP_SERVERS": platform.bootstrap}
    keys, sign, publish, settle = blocks()
    shell(tmp_path, keys, env)
    settings = {"TRUST_LIST_PATH": str(tmp_path / "trust-list.json")}
    async with running(platform, name="hoso", prefix="", settings=settings):
        shell(tmp_path, f"set -euo pipefail\n{sign}\n{publish}", env)

        letters = await awaited(
            lambda: kcat_read(env, "receipt.letter.v1"),
            lambda events: (
                {e["data"]["kind"] for e in events if e["type"] == "LetterSent"} >= {"01", "03"}
            ),
        )
        sent = {e["correlationid"]: e["data"] for e in letters if e["type"] == "LetterSent"}
        assert (sent[GOOD]["kind"], sent[GOOD]["portal_status"]) == ("01", 2)
        assert (sent[FORGED]["kind"], sent[FORGED]["portal_status"]) == ("03", 3)
        verdicts = kcat_read(env, "signature.verdict.v1")
        assert [e["type"] for e in about(verdicts, GOOD)] == ["SignatureValidated"]
        (forged,) = about(verdicts, FORGED)
        assert forged["data"]["report"]["sub_indication"] == "SIG_CRYPTO_FAILURE"
        assert {e["type"] for e in about(letters, GOOD)} == {"LetterSent", "SlaMet"}

        mails = await awaited(lambda: inbox(platform), lambda mails: len(mails) >= 2)
        (receipt,) = [mail for mail in mails if GOOD in mail["subject"]]
        assert receipt["to"][0]["address"] == "hanh@example.com"
        assert "Nguyễn Thị Hạnh" in receipt["text"]
        assert "Giấy tiếp nhận hồ sơ và hẹn trả kết quả".lower() in receipt["text"].lower()

        shell(
            tmp_path, "\n".join(("set -euo pipefail", sign, publish_function(publish), settle)), env
        )
        completed = await awaited(lambda: kcat_read(env, "ebook.dossier.v1"), bool)
        assert completed[0]["data"]["done"] == [1]
        assert completed[0]["data"]["portal_status"] == 9
        await awaited(
            lambda: kcat_read(env, "receipt.letter.v1"),
            lambda events: any(e["data"].get("portal_status") == 10 for e in events),
        )
    with MongoClient[dict[str, Any]](platform.mongodb_uri) as mongo:
        alias = mongo["hoso_ebook"]["aliases"].find_one({"_id": "CCCD|001190012345"})
        assert alias is not None
        book = mongo["hoso_ebook"]["books"].find_one({"_id": alias["person_id"]})
        assert book is not None
        (benefit,) = book["content"]["benefits"]
        assert (benefit["regime"], benefit["amount"]) == ("ONE_TIME", "84500000")


def publish_function(block: str) -> str:
    """The README's `publish` function without the two calls that follow it."""
    return block.split('publish "$CODE"', maxsplit=1)[0]
