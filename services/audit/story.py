"""The whole story of one dossier, in time order, from the topics alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas import topics
from services.audit.replay import Replayed, replay


@dataclass(frozen=True, slots=True)
class Step:
    """One record that concerns the dossier: when it was appended, what, where and the gist."""

    at: datetime
    service: str
    what: str
    origin: str
    gist: str


_ICT = ZoneInfo("Asia/Ho_Chi_Minh")
_FACTS = ("version", "reason", "kind", "recipient", "decision_number", "portal_status")
_INSTANTS = ("sent_at", "met_at", "due_at")


def local(at: datetime) -> str:
    """Day and time to the millisecond, as a clock in Vietnam shows it."""
    return at.astimezone(_ICT).strftime("%d/%m/%Y %H:%M:%S.%f")[:-3]


def gist(event: dict[str, Any]) -> str:
    """The few facts an operator looks for; no names, no addresses."""
    data = event.get("data", {})
    report = data.get("report") or {}
    words = [f"{name}={data[name]}" for name in _FACTS if data.get(name) is not None]
    words += [
        f"{name}={local(datetime.fromisoformat(data[name]))}"
        for name in _INSTANTS
        if data.get(name) is not None
    ]
    words += [str(report[name]) for name in ("indication", "sub_indication") if report.get(name)]
    if report.get("identity_failure"):
        words.append(report["identity_failure"])
    words += [defect["code"] for defect in data.get("defects", ())]
    if "done" in data:
        words.append(f"done {len(data['done'])} of {data['expected']}")
    return " ".join(words)


def step(record: Replayed, code: str) -> Step | None:
    """The step that a record is in the dossier's story, or None if it is not about it."""
    if record.value is None or (record.key != code.encode() and code.encode() not in record.value):
        return None
    origin = f"{record.topic}/{record.partition}/{record.offset}"
    from_portal = record.topic.endswith(topics.PORTAL_DOSSIER.name)
    try:
        event = json.loads(record.value)
        about = event.get("correlationid") == code or event.get("subject") == code
    except (ValueError, AttributeError, RecursionError):
        return Step(record.appended_at, "portal", "(not JSON)", origin, "") if record.key else None
    if not about:
        return None
    service = "portal" if from_portal else event.get("source", "?")  # its own is an address
    try:
        told = gist(event)
    except (ValueError, AttributeError, KeyError, TypeError):
        told = "(malformed)"
    return Step(record.appended_at, service, str(event.get("type", "?")), origin, told)


async def story(bootstrap: str, code: str, prefix: str = "") -> list[Step]:
    """Every step of the dossier `code`, oldest first. Reads all topics once."""
    steps = []
    async for record in replay(bootstrap, [prefix + topic.name for topic in topics.TOPICS]):
        found = step(record, code)
        if found is not None:
            steps.append(found)
    return sorted(steps, key=lambda found: found.at)
