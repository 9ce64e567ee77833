"""Writes what is generated from the models and `topics.py`: `python -m schemas.generate [FOLDER]`.

json/<topic>/<Event>.json (JSON Schema 2020-12), json/signed/*.json (the signed texts),
asyncapi/hoso.json (AsyncAPI 3) and TOPICS.md. The contract tests fail on any drift.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schemas.content import Content, Settlement
from schemas.envelope import CONTENT_TYPE, Event
from schemas.topics import DEAD_LETTERS, PRODUCTION_PARTITIONS, TOPICS, Topic

HERE = Path(__file__).parent
SIGNED: dict[str, type[BaseModel]] = {"Content": Content, "Settlement": Settlement}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _message(event: type[BaseModel], folder: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": event.__name__,
        "contentType": CONTENT_TYPE,
        "summary": (event.__doc__ or event.__name__).strip().splitlines()[0],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"../json/{folder}/{event.__name__}.json"},
        },
    }
    if issubclass(event, Event) and event.repeats_by:
        message["description"] = f"Id derived from type, key and: {event.repeats_by}."
    return message


def _channel(topic: Topic) -> dict[str, Any]:
    folder = "deadletters" if topic in DEAD_LETTERS else topic.name
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Only writer: {topic.owner}.",
        "messages": {event.__name__: _message(event, folder) for event in topic.events},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions(PRODUCTION_PARTITIONS),
                "topicConfiguration": {
                    "cleanup.policy": [topic.cleanup],
                    "retention.ms": -1,
                    "max.message.bytes": topic.max_record_bytes,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for topic in (*TOPICS, *DEAD_LETTERS):
        channel = {"$ref": f"#/channels/{topic.name}"}
        operations[f"{topic.owner}-sends-{topic.name}"] = {"action": "send", "channel": channel}
        for reader in (*topic.readers, *topic.outside):
            name = f"{reader}-receives-{topic.name}"
            operations[name] = {"action": "receive", "channel": channel}
    return operations


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of the whole system."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "hoso",
            "version": "1.0.0",
            "description": "Electronic social insurance dossiers of Vietnam on Kafka.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in (*TOPICS, *DEAD_LETTERS)},
        "operations": _operations(),
    }


def table() -> str:
    """The topics as a Markdown table."""
    rows = [
        "# Topics",
        "",
        "Generated from `topics.py` by `make schemas`.",
        "",
        "| topic | key | only writer | readers | events | policy |",
        "|---|---|---|---|---|---|",
    ]
    for topic in (*TOPICS, *DEAD_LETTERS):
        readers = ", ".join((*topic.readers, *topic.outside)) or "operators"
        events = ", ".join(f"`{event.__name__}`" for event in topic.events)
        policy = "compacted" if topic.cleanup == "compact" else "kept for ever"
        megabytes = topic.max_record_bytes // (1024 * 1024)
        rows.append(
            f"| `{topic.name}` | {topic.key} | {topic.owner} | {readers} | {events} "
            f"| {policy}, ≤ {megabytes} MiB a record |"
        )
    return "\n".join(rows) + "\n"


def files() -> dict[str, str]:
    """Relative path to text of everything that is generated."""
    result = {
        f"json/{topic.name}/{event.__name__}.json": _pretty(_schema(event))
        for topic in TOPICS
        for event in topic.events
    }
    for event in DEAD_LETTERS[0].events:
        result[f"json/deadletters/{event.__name__}.json"] = _pretty(_schema(event))
    for name, model in SIGNED.items():
        result[f"json/signed/{name}.json"] = _pretty(_schema(model))
    result["asyncapi/hoso.json"] = _pretty(asyncapi())
    result["TOPICS.md"] = table()
    return result


def main() -> None:
    """Write all generated files below FOLDER (default: this package)."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
