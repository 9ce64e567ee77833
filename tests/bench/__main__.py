"""`python -m tests.bench`: services against bare loops of the same run (docs/benchmarks.md)."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from deploy.local import platform
from deploy.local.downloads import progress
from deploy.local.errors import PlatformError
from services.portal.pki import LATE, Pki
from tests.bench import endtoend, raw, reporting, running
from tests.bench.dossiers import Dossiers
from tests.bench.measuring import Offsets
from tests.bench.scenarios import Scenario, chosen, known_names
from tests.bench.surroundings import Bench

OTHERS = {"machine", "end-to-end"}


def options() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,10000", help="records, comma-separated")
    parser.add_argument(
        "--only", default="", help="services, scenarios, `machine`, `end-to-end`; comma-separated"
    )
    parser.add_argument("--journeys", type=int, default=10_000, help="dossiers end to end")
    parser.add_argument("--profile", type=Path, help="a directory for cProfile statistics")
    parser.add_argument("--out", type=Path, help="a Markdown file whose figures are replaced")
    asked = parser.parse_args()
    asked.only = [name for name in asked.only.split(",") if name]
    if unknown := set(asked.only) - known_names() - OTHERS:
        parser.error(f"--only knows {sorted(known_names() | OTHERS)}, not {sorted(unknown)}")
    return asked


async def _machine(bench: Bench) -> str:
    forward = await running.forward(bench, 10_000)
    rates = {**await raw.writes(bench.platform.mongodb_uri), **raw.openssl(), **raw.verifications()}
    table = reporting.machine(forward, rates)
    progress(f"{table}\n")
    return table


async def _services(bench: Bench, scenarios: Sequence[Scenario], sizes: Sequence[int]) -> str:
    progress("\n".join(reporting.HEAD))
    rows: list[running.Row] = []
    for scenario in scenarios:
        for size in sizes:
            measured = await running.run(bench, scenario, size)
            progress("\n".join(map(reporting.line, measured)))
            rows += measured
    progress("")
    return reporting.table(rows)


async def _journeys(bench: Bench, count: int) -> str:
    found = await endtoend.journeys(bench, count)
    table = "\n".join((*reporting.JOURNEYS, *map(reporting.journey, found)))
    progress(table)
    return table


async def main(asked: argparse.Namespace, directory: Path) -> str:
    """All that was asked for, as Markdown; each line is shown when it is there."""
    only = asked.only
    sizes = [int(size) for size in asked.sizes.split(",")]
    with ExitStack() as stack:
        parts = stack.enter_context(
            platform.start(directory / "platform", parts={"kafka", "mongodb"}, quick=False)
        )
        pki = Pki.create(directory / "pki", seed=164)
        pki.publish_crl(LATE)
        async with Offsets(parts.bootstrap) as offsets:
            bench = Bench(parts, offsets, Dossiers(pki), pki.trust_list, asked.profile)
            tables = []
            if not only or "machine" in only:
                tables.append(await _machine(bench))
            if scenarios := chosen(only) if not only or set(only) - OTHERS else []:
                tables.append(await _services(bench, scenarios, sizes))
            if not only or "end-to-end" in only:
                tables.append(await _journeys(bench, asked.journeys))
    return "\n\n".join(tables)


if __name__ == "__main__":
    chosen_options = options()
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as temporary:
        try:
            report = asyncio.run(main(chosen_options, Path(temporary)))
        except PlatformError as error:
            sys.exit(str(error))
    if chosen_options.out:
        reporting.write(chosen_options.out, report)
