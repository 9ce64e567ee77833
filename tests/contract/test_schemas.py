"""The public contract: generated files equal the models; golden records are read by everyone."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from pydantic import TypeAdapter

from schemas import generate
from schemas.envelope import Event
from schemas.topics import DEAD_LETTERS, EBOOK_BOOK, TOPICS

SCHEMAS = Path(generate.__file__).parent
EXAMPLES = sorted((SCHEMAS / "examples").rglob("*.json"))
LATER = {"SignatureOverturned", "AppointmentRevised", "MergedAway", "MergedIn", "EntryContested"}
"""Events that no service publishes yet; they get golden records with the issue that does."""


def test_generated_files_equal_what_the_models_generate() -> None:
    generated = generate.files()
    committed = {
        str(path.relative_to(SCHEMAS)): path.read_text(encoding="utf-8")
        for folder in ("json", "asyncapi")
        for path in (SCHEMAS / folder).rglob("*.json")
    }
    committed["TOPICS.md"] = (SCHEMAS / "TOPICS.md").read_text(encoding="utf-8")
    assert committed == generated, "run `make schemas` and commit the result"


def test_the_asyncapi_document_names_every_topic_and_refers_to_schemas_that_exist() -> None:
    document = json.loads((SCHEMAS / "asyncapi/hoso.json").read_text())
    assert set(document["channels"]) == {topic.name for topic in (*TOPICS, *DEAD_LETTERS)}
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert (SCHEMAS / "asyncapi" / message["payload"]["schema"]["$ref"]).exists()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_golden_record_fits_its_model_and_its_json_schema(path: Path) -> None:
    topic_name, event_name = path.parts[-3], path.parts[-2]
    topics = {topic.name: topic for topic in (*TOPICS, *DEAD_LETTERS)}
    model = {event.__name__: event for event in topics[topic_name].events}[event_name]
    raw = path.read_bytes()
    event = TypeAdapter(model).validate_json(raw)
    folder = "deadletters" if topic_name.endswith(".dlt") else topic_name
    schema = json.loads((SCHEMAS / f"json/{folder}/{event_name}.json").read_text())
    jsonschema_rs.validator_for(schema).validate(json.loads(raw))
    if isinstance(event, Event):
        assert json.loads(event.encode()) == json.loads(raw), "a reader loses a field"


def test_every_event_that_is_published_has_a_golden_record() -> None:
    covered = {path.parts[-2] for path in EXAMPLES}
    published = {
        event.__name__ for topic in TOPICS if topic != EBOOK_BOOK for event in topic.events
    }
    published |= {event.__name__ for event in DEAD_LETTERS[0].events}
    assert published - covered - LATER == set()
