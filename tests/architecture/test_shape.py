"""A newcomer's guess stays right: the four services have one shape, modules stay small."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOUR = ("intake", "signature", "receipt", "ebook")
ALWAYS = {
    "__init__.py", "__main__.py", "app.py", "settings.py", "handlers.py", "deps.py", "ports.py",
    "core", "adapters", "README.md",
}  # fmt: skip
ALLOWED = ALWAYS | {"cli.py", "metrics.py", "loops.py", "templates", "__pycache__"}
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "manager.py", "base.py", "common.py"}
MAX_LINES = 250
TOP_LEVEL = {
    "services", "schemas", "deploy", "tests", "docs", "requirements", "Makefile", "README.md",
    "CHANGELOG.md", "pyproject.toml", ".gitignore", ".ci",
}  # fmt: skip


def tracked() -> list[Path]:
    folders = ("schemas", "services", "deploy", "tests")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("service", FOUR)
def test_a_service_has_exactly_the_agreed_shape(service: str) -> None:
    found = {path.name for path in (ROOT / "services" / service).iterdir()}
    assert found >= ALWAYS
    assert found <= ALLOWED


@pytest.mark.parametrize("path", tracked(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_small_and_named_for_what_it_does(path: Path) -> None:
    assert path.name not in FORBIDDEN_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_nothing_unexpected_stands_at_the_top() -> None:
    ignored = {".git", ".venv", "var", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    ignored |= {".hypothesis", "hoso.egg-info", "__pycache__"}
    assert {path.name for path in ROOT.iterdir()} - ignored <= TOP_LEVEL
