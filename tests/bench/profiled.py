"""A service under cProfile, for `--profile`: BENCH_SERVICE, statistics into BENCH_PROFILE."""

from __future__ import annotations

import cProfile
import importlib
import os

from services.chassis.app import run


def main() -> None:
    create_app = importlib.import_module(f"services.{os.environ['BENCH_SERVICE']}.app").create_app
    profile = cProfile.Profile()
    try:
        profile.runcall(run, create_app)
    finally:
        profile.dump_stats(os.environ["BENCH_PROFILE"])


if __name__ == "__main__":
    main()
