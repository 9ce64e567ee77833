"""Promise: hostile records crash, stall and lose nothing; each is answered with its reason; no
personal data reaches logs, metrics or dead letters."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace

import orjson
import pytest

from deploy.local.platform import Platform
from services.portal.filing import PortalMessage
from services.portal.pki import Pki
from services.portal.simulator import Simulator
from tests.mailbox import Mailbox
from tests.publish import publish
from tests.system import System, running

CANARIES = ("CANARYNAME", "canary@example.com", "001099999999", "hoso-canary")
CODE = "G12.01-20261122-0009{:03d}"


def record(number: int, **changes: object) -> PortalMessage:
    """A withdrawal that would be readable, but for `changes`."""
    code = CODE.format(number)
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": "hoso-canary",
        "type": "DossierWithdrawn",
        "source": "CANARYNAME",
        "subject": code,
        "data": {"dossier_code": code, "reason": "canary@example.com"},
    }
    return PortalMessage(code.encode(), orjson.dumps({**event, **changes}))


def hostile() -> list[tuple[PortalMessage, str]]:
    """Each hostile record and the reason it must be answered with."""
    good = record(0)
    assert good.value is not None
    canary = b'{"name":"CANARYNAME","cccd":"001099999999",'
    filed = {"dossier_code": CODE.format(40), "version": "1", "content": "CANARYNAME"}
    oversized = b'{"name":"CANARYNAME","pad":"' + b"x" * 4_190_000 + b'"}'
    return [
        (PortalMessage(good.key, None), "EMPTY"),
        (PortalMessage(good.key, b""), "EMPTY"),
        (PortalMessage(good.key, canary), "NOT_JSON"),
        (PortalMessage(good.key, canary[:-1] + b"} trailing"), "NOT_JSON"),
        (PortalMessage(good.key, b'["CANARYNAME"]'), "NOT_AN_OBJECT"),
        (PortalMessage(good.key, "{}".encode("utf-16")), "NOT_UTF8"),
        (PortalMessage(good.key, b"\xef\xbb\xbf{}"), "BOM"),
        (PortalMessage(good.key, b'{"a":"CANARYNAME","a":1}'), "DUPLICATE_KEY"),
        (PortalMessage(good.key, b'{"a":NaN}'), "NOT_A_NUMBER"),
        (PortalMessage(good.key, b'{"a":1e999}'), "FLOAT_NOT_ALLOWED"),
        (PortalMessage(good.key, b'{"a":' + b"9" * 5000 + b"}"), "INTEGER_OUT_OF_RANGE"),
        (PortalMessage(good.key, b'{"a":' + b"[" * 100_000), "TOO_DEEP"),
        (PortalMessage(good.key, b'{"a":' + b"[" * 50 + b"]" * 50 + b"}"), "TOO_DEEP"),
        (PortalMessage(good.key, oversized), "SCHEMA"),
        (record(20, type="CANARYNAME"), "UNSUPPORTED_TYPE"),
        (record(21, specversion="0.3"), "SCHEMA"),
        (record(22, data={"CANARYNAME": 1}), "SCHEMA"),
        (record(40, type="DossierFiled", data=filed), "SCHEMA"),
        (replace(record(23), key=None), "KEY_MISMATCH"),
        (replace(record(24), key=b"\xff\x00001099999999"), "KEY_MISMATCH"),
        (replace(record(25), key=b"001099999999" * 500), "KEY_MISMATCH"),
        (record(26, subject="001099999999"), "KEY_MISMATCH"),
        (record(27, data={"dossier_code": CODE.format(28)}), "KEY_MISMATCH"),
        (record(29, data={"dossier_code": "001099999999"}), "SCHEMA"),
    ]


HEADERS = (
    ("reply_to", b"portal.dossier.v1"),
    ("content-type", b"text/plain"),
    ("correlation_id", b"\xff\xfe"),
    ("canary@example.com", b"\x80"),
)


@pytest.mark.timeout(600)
async def test_hostile_records_among_good_ones_are_answered_and_harm_nobody(
    platform: Platform, pki: Pki
) -> None:
    sim = Simulator(11, pki)
    good = [sim.one_time() for _ in range(30)]
    bad = hostile()
    messages: list[PortalMessage] = []
    for number, filed in enumerate(good):
        messages.append(replace(filed.message, headers=HEADERS if number % 2 else ()))
        if number < len(bad):
            messages.append(replace(bad[number][0], headers=HEADERS if number % 3 else ()))
    reasons = {(message.key, message.value): reason for message, reason in bad}
    with Mailbox() as mailbox:
        settings = {"TRUST_LIST_PATH": str(pki.trust_list), "SMTP_URL": mailbox.url}
        async with running(platform, name="hostile", settings=settings) as system:
            origins = await publish(platform.bootstrap, system.prefix, messages)
            watch = system.watch
            await watch.until(
                lambda: len(watch.of("receipt.letter.v1", "LetterSent")) == len(good),
                "a letter for every good dossier",
                300,
            )
            await watch.until(
                lambda: len(watch.of("intake.dossier.v1")) >= len(messages), "an answer for each"
            )
            answers = {seen.event["origin"]: seen for seen in watch.of("intake.dossier.v1")}
            assert set(answers) == set(origins)
            for origin, message in zip(origins, messages, strict=True):
                answer, reason = answers[origin], reasons.get((message.key, message.value))
                if reason is None:
                    assert answer.type == "DossierSubmitted"
                else:
                    assert (answer.type, answer.data.get("reason")) == ("RecordUnreadable", reason)
                    assert answer.key == origin.encode(), "a hostile key is never copied"
            assert not watch.dead_letters()
            assert len(watch.records["portal.dossier.v1"]) == len(messages), "reply_to obeyed"
            _nothing_personal(system)


def _nothing_personal(system: System) -> None:
    metrics = "".join(
        urllib.request.urlopen(f"{service.metrics_url}/metrics").read().decode()
        for service in system.services.all
    )
    letters = json.dumps([seen.event for seen in system.watch.dead_letters()])
    answers = json.dumps(
        [seen.event for seen in system.watch.of("intake.dossier.v1", "RecordUnreadable")]
    )
    for canary in CANARIES:
        assert canary not in system.logs()
        assert canary not in metrics
        assert canary not in letters
        assert canary not in answers
