"""The table of a run, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.endtoend import Journey
from tests.bench.measuring import Measured
from tests.bench.running import Row

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HEAD = (
    (
        "| what | size | per s | floor per s | ratio | CPU µs | floor CPU µs | MB | floor MB "
        "| parts' CPU µs | busy |"
    ),
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|",
)


def line(row: Row) -> str:
    """One line of the table; `busy`: cores taken by other programs meanwhile."""
    service = row.service
    busy = max(one.elsewhere for one in (service, *row.floors))
    cells = (
        f"{row.name} ({row.unit}s)",
        f"{row.count:,}",
        f"{service.rate:,.0f}",
        f"{row.floor_rate:,.0f}",
        f"**{row.ratio:.2f}**",
        f"{service.cpu_us:,.0f}",
        f"{row.floor_cpu_us:,.0f}",
        f"{service.rss_bytes / 1e6:,.0f}",
        f"{max(floor.rss_bytes for floor in row.floors) / 1e6:,.0f}",
        ", ".join(f"{n} {cpu / service.count * 1e6:,.0f}" for n, cpu in service.parts.items()),
        f"{busy:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def table(rows: Sequence[Row]) -> str:
    """All rows."""
    return "\n".join((*HEAD, *map(line, rows)))


JOURNEYS = (
    (
        "| end to end | dossiers | per s | CPU µs (intake, signature, receipt, ebook) "
        "| MB, all four | letter p50, p99, last (s) | busy |"
    ),
    "|---|--:|--:|---|--:|---|--:|",
)
WORDS = {
    "filed": "record → receipt letter",
    "settled": "decision → books → result letter",
}


def journey(one: Journey) -> str:
    """One line of the second table."""
    cpu = ", ".join(f"{one.cpu_us[name]:,.0f}" for name in one.cpu_us)
    latency = ", ".join(f"{one.quantile(share):.1f}" for share in (0.5, 0.99, 1))
    cells = (
        WORDS[one.name],
        f"{one.count:,}",
        f"{one.whole.rate:,.0f}",
        f"{one.whole.cpu_us:,.0f} ({cpu})",
        f"{one.whole.rss_bytes / 1e6:,.0f}",
        latency,
        f"{one.whole.elsewhere:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def machine(forward: Measured, rates: Mapping[str, float]) -> str:
    """What the machine gives at all."""
    bare = f"bare aiokafka loop: validate, dump, publish, commit ({forward.cpu_us:.0f} µs CPU)"
    found = {bare: forward.rate, **rates}
    lines = (f"| {name} | {rate:,.0f} |" for name, rate in found.items())
    return "\n".join(("| floor of the machine | per s |", "|---|--:|", *lines))


def write(path: Path, text: str) -> None:
    """Replace what stands between the marks, or append it."""
    old = path.read_text() if path.exists() else ""
    block = f"{BEGIN}\n{text}\n{END}"
    if BEGIN in old:
        before, _, rest = old.partition(BEGIN)
        path.write_text(f"{before}{block}{rest.partition(END)[2]}")
    else:
        path.write_text(f"{old}{block}\n")
