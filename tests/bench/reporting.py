"""The table of a run, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.running import Row

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HEAD = (
    "| what | size | per s | floor per s | ratio | CPU µs | floor CPU µs | MB | floor MB | busy |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
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
        f"{busy:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def table(rows: Sequence[Row]) -> str:
    """All rows."""
    return "\n".join((*HEAD, *map(line, rows)))


def write(path: Path, text: str) -> None:
    """Replace what stands between the marks, or append it."""
    old = path.read_text() if path.exists() else ""
    block = f"{BEGIN}\n{text}\n{END}"
    if BEGIN in old:
        before, _, rest = old.partition(BEGIN)
        path.write_text(f"{before}{block}{rest.partition(END)[2]}")
    else:
        path.write_text(f"{old}{block}\n")
