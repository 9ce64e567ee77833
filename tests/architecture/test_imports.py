"""The layers hold: pure cores, one motor module, services that never import each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
FOUR = ("intake", "signature", "receipt", "ebook")
IMPURE = {
    "aiokafka", "aiosmtplib", "asyncio", "faststream", "httpx", "logging", "motor", "os",
    "prometheus_client", "pymongo", "random", "requests", "socket", "structlog", "subprocess",
    "threading", "time", "urllib",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}
MODULES = sorted(
    path for folder in ("schemas", "services", "deploy") for path in (ROOT / folder).rglob("*.py")
)
CORES = [path for path in MODULES if "core" in path.parts]


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(names: set[str], package: str) -> set[str]:
    return {name for name in names if name == package or name.startswith(package + ".")}


def test_there_are_cores_to_check() -> None:
    assert {path.parts[-3] for path in CORES} >= set(FOUR)


@pytest.mark.parametrize("path", CORES, ids=lambda p: str(p.relative_to(SERVICES)))
def test_a_core_is_pure(path: Path) -> None:
    names = imported(path)
    assert not {name for name in names if name.split(".")[0] in IMPURE}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    clocks = [f.attr for f in calls if isinstance(f, ast.Attribute) and f.attr in CLOCKS]
    assert not clocks, "time comes in as a value"
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef | ast.Await)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_layers_only_look_down(path: Path) -> None:
    names = imported(path)
    relative = path.relative_to(ROOT)
    if relative.parts[0] == "schemas":
        assert not within(names, "services") | within(names, "deploy")
    if relative.parts[:2] == ("services", "chassis"):
        others = {f"services.{name}" for name in (*FOUR, "portal", "audit")}
        assert not {name for name in names for other in others if within({name}, other)}
    if relative.parts[0] == "services" and relative.parts[1] in FOUR:
        others = {f"services.{name}" for name in (*FOUR, "portal", "audit")}
        others -= {f"services.{relative.parts[1]}"}
        assert not {name for name in names for other in others if within({name}, other)}
        plumbing = within(names, "aiokafka") | within(names, "motor") | within(names, "pymongo")
        assert not plumbing, "Kafka and MongoDB drivers belong to the chassis"


def test_motor_is_imported_by_one_module_only() -> None:
    importers = [path for path in MODULES if within(imported(path), "motor")]
    assert [str(path.relative_to(ROOT)) for path in importers] == ["services/chassis/mongo.py"]


def test_the_checker_of_the_demo_imports_nothing_from_the_system() -> None:
    names = imported(ROOT / "deploy/local/demo_check.py")
    assert not within(names, "services") | within(names, "schemas")
