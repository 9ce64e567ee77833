"""Whether a demo came out as the committed `expected.json` says: an opinion of its own.

`python -m deploy.local.demo_check` reads Kafka, MongoDB and the inbox itself, by the addresses in
the environment, and imports nothing of hoso's services or schemas. Exit 0 only if all is equal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

EXPECTED = Path(__file__).with_name("expected.json")
TOPICS = ("intake.dossier.v1", "signature.verdict.v1", "receipt.letter.v1", "ebook.dossier.v1")
SECTIONS = {
    "identity": "identity_history",
    "contributions": "contributions",
    "benefits": "benefits",
    "unemployment": "unemployment",
    "settlements": "settlements",
}
Json = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """0 if the run equals the expectation, 1 with every difference otherwise."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo_check", description=__doc__)
    parser.add_argument("--expected", type=Path, default=EXPECTED)
    expected = json.loads(parser.parse_args(arguments).expected.read_text())
    actual = asyncio.run(observe(os.environ))
    found = differences(expected, actual)
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} outcomes differ from {EXPECTED.name}.")
        return 1
    books, dossiers = len(actual["books"]), len(actual["dossiers"])
    print(f"{dossiers} dossiers and {books} books are exactly as {EXPECTED.name} says.")
    return 0


async def observe(env: Mapping[str, str]) -> Json:
    """What the topics, the books and the inbox say, in the shape of `expected.json`."""
    events, dead = await read_topics(env["KAFKA_BOOTSTRAP_SERVERS"], env.get("TOPIC_PREFIX", ""))
    addresses = read_inbox(env["SMTP_WEB_URL"])
    dossiers: dict[str, Json] = defaultdict(_nothing_yet)
    unreadable: Counter[str] = Counter()
    for topic, event in events:
        if event["type"] == "RecordUnreadable":
            unreadable[event["data"]["reason"]] += 1
        else:
            take(dossiers[event["data"]["dossier_code"]], topic, event, addresses)
    prefix = env.get("MONGODB_DATABASE_PREFIX", "hoso")
    unclaimed = sorted(address for mails in addresses.values() for address in mails)
    if unclaimed:
        dossiers["mails that no letter accounts for"] = {"mails": unclaimed}
    return {
        "dossiers": {code: _sorted(account) for code, account in dossiers.items()},
        "unreadable": dict(unreadable),
        "books": read_books(env["MONGODB_URI"], f"{prefix}_ebook"),
        "dead_letters": dead,
    }


async def read_topics(bootstrap: str, prefix: str) -> tuple[list[tuple[str, Json]], int]:
    """Every event once, in order per topic and key, and how many dead letters there are."""
    events: dict[str, tuple[str, Json]] = {}
    dead = 0
    for topic, value in await _records(bootstrap, prefix):
        if topic.endswith(".dlt"):
            dead += 1
        else:
            events.setdefault(value["id"], (topic, value))
    return list(events.values()), dead


async def _records(bootstrap: str, prefix: str) -> list[tuple[str, Json]]:
    """Every record that there is now, with its topic's name without prefix."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    found = []
    try:
        ends = await consumer.end_offsets(await _partitions(bootstrap, prefix))
        consumer.assign(list(ends))
        await consumer.seek_to_beginning(*ends)
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                own = partition.topic.removeprefix(prefix)
                found += [(own, json.loads(record.value)) for record in records]
    finally:
        await consumer.stop()
    return found


async def _partitions(bootstrap: str, prefix: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        names = [
            name
            for name in await admin.list_topics()
            if name.removeprefix(prefix) in TOPICS or name.endswith(".dlt")
        ]
        described = await admin.describe_topics(names)
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]


def take(account: Json, topic: str, event: Json, addresses: dict[str, list[str]]) -> None:
    """Write one event into its dossier's account; a mail is claimed by the letter it carries."""
    data, kind = event["data"], event["type"]
    if data.get("portal_status") is not None:
        account["statuses"].add(data["portal_status"])
    if topic == "intake.dossier.v1":
        reason = data.get("reason") if kind == "DossierRefused" else None
        account["intake"].append(f"{kind}({reason})" if reason else kind)
    elif topic == "signature.verdict.v1":
        report = data.get("report") or {}
        reason = (
            data.get("reason") or report.get("sub_indication") or report.get("identity_failure")
        )
        account["verdicts"].append(f"{kind}({reason})" if reason else kind)
    elif topic == "ebook.dossier.v1":
        refused = sorted(row["row"] for row in data["refused"])
        rows = {"done": sorted(data["done"]), "refused": refused}
        account["completed"][data["decision_number"]] = rows
    elif kind in {"LetterSent", "LetterUndeliverable"}:
        letter = f"v{data['version']} {data['kind']} {data['recipient']}"
        account["letters"].append(letter if kind == "LetterSent" else f"{letter} undeliverable")
        account["mails"] += addresses.pop(data.get("message_id", ""), [])
    elif kind == "SlaMet":
        account["sla"][str(data["version"])] = "met"
    elif kind == "SlaBreached":
        account["sla"][str(data["version"])] = f"breached({data['reason']})"


def read_inbox(web_url: str) -> dict[str, list[str]]:
    """The addresses that each Message-ID was delivered to."""
    with urllib.request.urlopen(f"{web_url}/api/email") as answer:  # noqa: S310 - our own inbox
        mails = json.load(answer)
    found: dict[str, list[str]] = defaultdict(list)
    for mail in mails:
        addresses = [to["address"] for to in mail["envelope"]["to"]]
        found[mail["headers"]["message-id"]] += addresses
    return found


def read_books(uri: str, database: str) -> dict[str, dict[str, int]]:
    """How much stands in each person's book, by personal ID."""
    found: dict[str, dict[str, int]] = {}
    with MongoClient[Json](uri) as client:
        for book in client[database]["books"].find():
            content = book["content"]
            (person,) = (a["value"] for a in content["aliases"] if a["type"] == "CCCD")
            found[person] = {name: len(content[entries]) for name, entries in SECTIONS.items()}
    return found


def differences(expected: Json, actual: Json) -> list[str]:
    """One line for each thing that is not as expected."""
    found = []
    for part in ("dossiers", "books"):
        for name in sorted(expected[part].keys() | actual[part].keys()):
            wanted, got = expected[part].get(name, {}), actual[part].get(name, {})
            found += [
                f"{part} {name} {field}: expected {wanted.get(field)}, found {got.get(field)}"
                for field in sorted(wanted.keys() | got.keys())
                if wanted.get(field) != got.get(field)
            ]
    found += [
        f"{part}: expected {expected[part]}, found {actual[part]}"
        for part in ("unreadable", "dead_letters")
        if expected[part] != actual[part]
    ]
    return found


def _nothing_yet() -> Json:
    lists: Json = {name: [] for name in ("intake", "verdicts", "letters", "mails")}
    return {**lists, "sla": {}, "statuses": set(), "completed": {}}


def _sorted(account: Json) -> Json:
    """Only the order of intake's events means anything."""
    return {
        name: value if name == "intake" or isinstance(value, dict) else sorted(value)
        for name, value in account.items()
    }


if __name__ == "__main__":
    sys.exit(main())
