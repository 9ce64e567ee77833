from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.chassis.errors import StartupError
from services.ebook.settings import Settings

KEY = "a key that is long enough"


def test_the_key_comes_from_a_value_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert Settings(person_id_key=SecretStr(KEY)).person_key() == KEY.encode()
    assert Settings(person_id_key_file=file).person_key() == KEY.encode()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Set exactly one"),
        ({"person_id_key": SecretStr(KEY), "person_id_key_file": Path("key")}, "Set exactly one"),
        ({"person_id_key": SecretStr("short")}, "has 5 bytes; at least 16"),
        ({"person_id_key_file": Path("no/such/file")}, "No such file"),
    ],
)
def test_a_wrong_key_is_one_clear_line(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(StartupError, match=sentence) as raised:
        Settings.model_validate(given).person_key()
    assert "\n" not in str(raised.value)
    assert KEY not in str(raised.value)


def test_the_key_is_never_printed() -> None:
    assert KEY not in repr(Settings(person_id_key=SecretStr(KEY)))
