"""A failed record parks its key, only its key; a redrive releases it in offset order."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import Any

from services.chassis.mongo import connect
from tests.echoing import (
    DLT,
    Space,
    answered,
    answers,
    echo,
    first_order_per_key,
    ready,
    set_aside,
    stage,
)

UNEXPECTED = ["ok", "explode", "ok", "ok"]


async def hoso_dlt(space: Space, *arguments: str) -> tuple[int, str]:
    """Exit code and output of the operators' command."""
    program = (
        "import asyncio; from services.chassis.cli import dlt; dlt()",
        *arguments,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        *program,
        env=space.env | {"PATH": "", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


def parking(space: Any) -> Any:
    return connect(space.mongodb_uri)[f"{space.database_prefix}_intake"]["parking"]


async def test_an_unexpected_failure_parks_its_key_and_nobody_else(namespace: Space) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        bad = await sender.orders(UNEXPECTED, key="bad")
        good = [await sender.orders(["ok"] * 3, key=f"good{n}") for n in range(9)]
        everybody_else = {bad[0], *(origin for some in good for origin in some)}
        await watch.until(lambda: answered(watch) >= everybody_else, "the others went on")
        await watch.until(lambda: len(set_aside(watch)) == 3, "the key is parked")
        later = await sender.orders(["ok"], key="bad")
        await watch.until(lambda: later[0] in set_aside(watch), "later records queue behind")
        service.kill()
        await ready(service)
        after_restart = await sender.orders(["ok"], key="bad")
        await watch.until(lambda: after_restart[0] in set_aside(watch), "also after a restart")
        await asyncio.to_thread(service.stop)
    aside = set_aside(watch)
    assert aside == {
        bad[1]: "UNEXPECTED",
        **dict.fromkeys([bad[2], bad[3], later[0], after_restart[0]], "PARKED_BEHIND"),
    }
    assert not answered(watch) & set(aside)
    [document] = [each async for each in parking(namespace).find({})]
    assert "bad" not in str(document)
    assert len({item["offset"] for item in document["queue"]}) == len(document["queue"]) == 5


async def test_a_redrive_releases_the_parked_records_in_order(namespace: Space) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        origins = await sender.orders(UNEXPECTED, key="bad")
        await sender.orders(["refuse to decode", "ok"], key="worse")
        await sender.raw([(None, b"broken", ())])
        await watch.until(lambda: len(set_aside(watch)) == 6, "parked")
        code, output = await hoso_dlt(namespace, "list")
        assert code == 0, output
        assert all(origin in output for origin in set_aside(watch))

        code, output = await hoso_dlt(namespace, "redrive", "--group", "intake", origins[2])
        assert code == 1, "the cause is still there"
        assert f"{origins[1]}: UNEXPECTED ValueError (3 still parked)" in " ".join(output.split())
        assert len(set_aside(watch)) == 6

        (namespace.directory / "healed").touch()
        code, output = await hoso_dlt(namespace, "redrive", "--group", "intake", origins[1])
        assert code == 0, output
        later = await sender.orders(["ok"], key="bad")
        await watch.until(lambda: later[0] in answered(watch), "the key is free again")
        await watch.until(lambda: len(set_aside(watch)) == 3, "the others are still parked")
        assert await parking(namespace).count_documents({}) == 2
        await asyncio.to_thread(service.stop)
    expected = [int(origin.rsplit("/", 1)[1]) for origin in (*origins, *later)]
    assert first_order_per_key(watch)["bad"] == expected
    redriven = [seen.event["subject"] for seen in watch.of(DLT) if seen.type == "RecordRedriven"]
    assert redriven == origins[1:]
    [answer] = [seen for seen in answers(watch) if seen.event["origin"] == origins[1]]
    [original] = [s for s in watch.of("portal.dossier.v1") if s.origin == origins[1]]
    appended = answer.event["receivedat"]
    assert appended.startswith("20")
    assert abs(_milliseconds(appended) - original.timestamp_ms) < 1, "the original time"


async def test_show_prints_the_original_and_warns(namespace: Space) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        [origin] = await sender.raw([(b"k", b"not JSON at all", [("h", b"\xff")])])
        await watch.until(lambda: bool(set_aside(watch)), "set aside")
        await asyncio.to_thread(service.stop)
        code, output = await hoso_dlt(namespace, "show", "intake", origin)
    assert code == 0, output
    assert "not JSON at all" in output
    assert "UNDECODABLE" in output
    assert "personal data" in output


async def test_a_redrive_without_a_running_owner_is_kept_and_worked_off_later(
    namespace: Space,
) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        await sender.orders(UNEXPECTED, key="bad")
        await watch.until(lambda: len(set_aside(watch)) == 3, "parked")
        await asyncio.to_thread(service.stop)
        (namespace.directory / "healed").touch()
        asked = asyncio.create_task(hoso_dlt(namespace, "redrive", "--group", "intake", "--all"))
        await asyncio.sleep(2)
        await ready(service)
        code, output = await asked
        assert code == 0, output
        await watch.until(lambda: answered(watch) >= set(sender.sent), "all are answered")
        await watch.until(lambda: not set_aside(watch), "none is open")
        assert await parking(namespace).count_documents({}) == 0
        await asyncio.to_thread(service.stop)


async def test_a_redrive_that_names_nothing_says_what_to_say(namespace: Space) -> None:
    assert (await hoso_dlt(namespace, "redrive", "--group", "intake"))[0] == 1
    code, output = await hoso_dlt(namespace, "redrive", "--group", "nobody", "--all")
    assert code == 1
    assert "There is no group nobody" in output


def _milliseconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp() * 1000
