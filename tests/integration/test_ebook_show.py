"""`hoso book show`: a book by person id or by any identifier, from a real MongoDB."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator

import pytest
from typer.testing import CliRunner, Result

from deploy.local.platform import Platform
from services.chassis.mongo import connect
from services.ebook.app import stores
from services.ebook.cli import book
from services.ebook.handlers import on_changes, on_verdicts
from tests.ebook_builders import BENEFIT, CONTRIBUTION, KEY, a_row, received, renamed, settled

PREFIX = f"show{os.getpid()}"


@pytest.fixture
async def environment(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A database with one book."""
    monkeypatch.setenv("MONGODB_URI", platform.mongodb_uri)
    monkeypatch.setenv("MONGODB_DATABASE_PREFIX", PREFIX)
    client = connect(platform.mongodb_uri)
    deps = stores(client[f"{PREFIX}_ebook"], KEY)
    facts = [CONTRIBUTION, BENEFIT, renamed("Nguyễn [Thị] Hạnh", "Nguyễn Thị Hanh")]
    one = settled(a_row(1, "CCCD|001190012345", "SI|0190012345", facts=facts))
    changes = await on_verdicts([received(one)], deps)
    await on_changes([received(event, 0, n) for n, event in enumerate(changes)], deps)
    yield
    await client.drop_database(f"{PREFIX}_ebook")
    client.close()


async def show(*arguments: str) -> Result:
    """The command in a thread: it runs a loop of its own."""
    return await asyncio.to_thread(
        CliRunner().invoke, book, ["show", *arguments], env={"COLUMNS": "200"}
    )


@pytest.mark.usefixtures("environment")
async def test_a_book_is_shown_to_a_person_in_two_languages() -> None:
    by_id = await show("001190012345")
    assert by_id.exit_code == 0
    for text in (
        "Nguyễn [Thị] Hạnh",
        "Quá trình đóng / Contributions",
        "Công ty Sao Mai",
        "84500000",
        "Nguyễn Thị Hanh",
        "77/QĐ-BHXH",
        "23/11/2026 08:02",
        "Mã số BHXH / Social insurance code",
    ):
        assert text in by_id.output
    assert (await show("0190012345")).output == by_id.output


@pytest.mark.usefixtures("environment")
async def test_the_document_is_shown_as_it_is_stored() -> None:
    document = json.loads((await show("001190012345", "--json")).output)
    assert document["wm"] == {"0": 5}
    assert document["content"]["identity"]["name"] == "Nguyễn [Thị] Hạnh"
    assert json.loads((await show(document["_id"], "--json")).output) == document


@pytest.mark.usefixtures("environment")
async def test_an_unknown_number_is_one_clear_sentence() -> None:
    unknown = await show("001190099999")
    assert unknown.exit_code == 1
    assert "No book of 001190099999" in unknown.output


async def test_an_unreachable_mongodb_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:9")
    refused = await show("001190012345")
    assert refused.exit_code == 1
    assert "Cannot read MongoDB" in refused.output
    assert "Traceback" not in refused.output
