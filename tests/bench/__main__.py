"""`python -m tests.bench`: services against bare loops of the same run (docs/benchmarks.md)."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from deploy.local import platform
from deploy.local.downloads import progress
from deploy.local.errors import PlatformError
from services.portal.pki import LATE, Pki
from tests.bench import reporting
from tests.bench.dossiers import Dossiers
from tests.bench.measuring import Offsets
from tests.bench.running import Bench, Row, run
from tests.bench.scenarios import chosen


def options() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,10000", help="records, comma-separated")
    parser.add_argument("--only", default="", help="services or scenarios, comma-separated")
    parser.add_argument("--out", type=Path, help="a Markdown file whose figures are replaced")
    return parser.parse_args()


async def main(sizes: list[int], only: list[str], directory: Path) -> list[Row]:
    """All chosen scenarios at all sizes."""
    rows = []
    with ExitStack() as stack:
        parts = stack.enter_context(
            platform.start(directory / "platform", parts={"kafka", "mongodb"}, quick=False)
        )
        pki = Pki.create(directory / "pki", seed=164)
        pki.publish_crl(LATE)
        async with Offsets(parts.bootstrap) as offsets:
            bench = Bench(parts, offsets, Dossiers(pki), pki.trust_list)
            progress("\n".join(reporting.HEAD))
            for scenario in chosen(only):
                for size in sizes:
                    rows.append(await run(bench, scenario, size))
                    progress(reporting.line(rows[-1]))
    return rows


if __name__ == "__main__":
    asked = options()
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as temporary:
        try:
            measured = asyncio.run(
                main(
                    [int(size) for size in asked.sizes.split(",")],
                    [name for name in asked.only.split(",") if name],
                    Path(temporary),
                )
            )
        except PlatformError as error:
            sys.exit(str(error))
    if asked.out:
        reporting.write(asked.out, reporting.table(measured))
