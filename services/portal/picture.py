"""The picture that the topics give of a run: events in, accounts out. A repeated event is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.portal.accounts import Account, Result, letter, named


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a letter took from the append time of the record that called for it."""

    code: str
    kind: str
    seconds: float


@dataclass(slots=True)
class Picture:
    """What has been read so far."""

    result: Result = field(default_factory=Result)
    message_ids: dict[str, str] = field(default_factory=dict)
    """Message-ID of each letter sent -> dossier code."""
    delays: list[Delay] = field(default_factory=list)
    records: int = 0
    portal_records: int = 0
    _seen: set[str] = field(default_factory=set)

    def add(self, topic: str, event: dict[str, Any]) -> None:
        """Take one event of a topic (named without prefix) into account."""
        self.records += 1
        if topic.endswith(".dlt"):
            self.result.dead_letters += 1 if event["type"] == "RecordDeadLettered" else -1
            return
        if event["id"] in self._seen:
            return
        self._seen.add(event["id"])
        if event["type"] == "RecordUnreadable":
            self.result.unreadable[event["data"]["reason"]] += 1
            return
        read = {
            "intake.dossier.v1": self._intake,
            "signature.verdict.v1": self._verdict,
            "receipt.letter.v1": self._receipt,
            "ebook.dossier.v1": self._completion,
        }[topic]
        account = self.result.dossiers[event["data"]["dossier_code"]]
        if (status := event["data"].get("portal_status")) is not None:
            account.statuses.add(status)
        read(account, event)

    def _intake(self, account: Account, event: dict[str, Any]) -> None:
        account.intake.append(named(event["type"], _refusal(event)))

    def _verdict(self, account: Account, event: dict[str, Any]) -> None:
        data = event["data"]
        report = data.get("report") or {}
        details = (data.get("reason"), report.get("sub_indication"), report.get("identity_failure"))
        account.verdicts.append(named(event["type"], *details))

    def _receipt(self, account: Account, event: dict[str, Any]) -> None:
        data = event["data"]
        match event["type"]:
            case "LetterSent":
                account.letters.append(letter(data["version"], data["kind"], data["recipient"]))
                self.message_ids[data["message_id"]] = data["dossier_code"]
                took = _instant(data["sent_at"]) - _instant(event["receivedat"])
                delay = Delay(data["dossier_code"], data["kind"], took.total_seconds())
                self.delays.append(delay)
            case "LetterUndeliverable":
                account.letters.append(
                    letter(data["version"], data["kind"], data["recipient"], undeliverable=True)
                )
            case "SlaMet":
                account.sla[str(data["version"])] = "met"
            case "SlaBreached":
                account.sla[str(data["version"])] = f"breached({data['reason']})"

    def _completion(self, account: Account, event: dict[str, Any]) -> None:
        data = event["data"]
        account.completed[data["decision_number"]] = {
            "done": sorted(data["done"]),
            "refused": sorted(row["row"] for row in data["refused"]),
        }


def _refusal(event: dict[str, Any]) -> str | None:
    reason: str | None = event["data"].get("reason")
    return reason if event["type"] == "DossierRefused" else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
