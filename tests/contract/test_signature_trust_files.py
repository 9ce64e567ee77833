"""The trust list on real files: what is read again, and what a broken change leaves in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.chassis.errors import StartupError
from services.signature.adapters.trust_files import TrustFiles
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW
from tests.signature_builders import (
    POLICY,
    TEXT,
    authority,
    certificates,
    person,
    signed,
    trust_list,
)


@dataclass
class Moment:
    """A clock that a test sets."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def write_list(directory: Path, **changes: Any) -> None:
    (directory / "trust-list.json").write_text(json.dumps(trust_list(**changes)))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "crl").mkdir()
    for name, raw in certificates().items():
        (tmp_path / name).write_bytes(raw)
    for name in ("ca1", "ca2", "specialised"):
        (tmp_path / f"crl/{name}.crl").write_bytes(pki.crl(authority(name)))
    write_list(tmp_path)
    return tmp_path


def files_of(directory: Path, clock: Moment | None = None) -> TrustFiles:
    return TrustFiles(directory / "trust-list.json", POLICY, clock or Moment())


async def judged(files: TrustFiles) -> str | None:
    report = validate(TEXT, signed(), await files.current(), POLICY, NOW)
    return report.sub_indication


def revoking(number: int = 2) -> bytes:
    return pki.crl(authority("ca1"), {person().certificate.serial_number: NOW}, number=number)


async def test_unchanged_files_are_not_read_again(directory: Path) -> None:
    files = files_of(directory)
    assert await files.current() is await files.current()


async def test_a_crl_that_appears_later_is_used(directory: Path) -> None:
    (directory / "crl/ca1.crl").unlink()
    files = files_of(directory)
    assert await judged(files) == "TRY_LATER"
    (directory / "crl/ca1.crl").write_bytes(pki.crl(authority("ca1")))
    assert await judged(files) is None


async def test_a_newer_crl_counts_at_once_and_the_epoch_stays(directory: Path) -> None:
    files = files_of(directory)
    before = await files.current()
    assert await judged(files) is None
    (directory / "crl/ca1.crl").write_bytes(revoking())
    assert await judged(files) == "REVOKED_NO_POE"
    assert (await files.current()).trust.epoch == before.trust.epoch


async def test_a_pem_crl_is_read(directory: Path) -> None:
    pem = x509.load_der_x509_crl(revoking()).public_bytes(Encoding.PEM)
    (directory / "crl/ca1.crl").write_bytes(pem)
    assert await judged(files_of(directory)) == "REVOKED_NO_POE"


async def test_a_crl_that_goes_back_does_not_hide_a_revocation(directory: Path) -> None:
    (directory / "crl/ca1.crl").write_bytes(revoking(number=5))
    files = files_of(directory)
    assert await judged(files) == "REVOKED_NO_POE"
    (directory / "crl/ca1.crl").write_bytes(pki.crl(authority("ca1"), number=4))
    assert await judged(files) == "REVOKED_NO_POE"
    (directory / "crl/ca1.crl").unlink()
    assert await judged(files) == "REVOKED_NO_POE"


@pytest.mark.parametrize("raw", [b"", b"half a file", pki.crl(authority("ca2"))])
async def test_a_broken_or_foreign_crl_leaves_the_previous_one(directory: Path, raw: bytes) -> None:
    (directory / "crl/ca1.crl").write_bytes(revoking())
    files = files_of(directory)
    assert await judged(files) == "REVOKED_NO_POE"
    (directory / "crl/ca1.crl").write_bytes(raw)
    assert await judged(files) == "REVOKED_NO_POE"


async def test_a_crl_from_the_future_is_looked_at_again(directory: Path) -> None:
    early = pki.crl(authority("ca1"), this_update=NOW + timedelta(hours=1))
    (directory / "crl/ca1.crl").write_bytes(early)
    clock = Moment()
    files = files_of(directory, clock)
    assert await judged(files) == "TRY_LATER"
    clock.at = NOW + timedelta(hours=1)
    assert await judged(files) is None


async def test_a_broken_new_list_keeps_the_previous_epoch(directory: Path) -> None:
    files = files_of(directory)
    before = (await files.current()).trust
    (directory / "trust-list.json").write_text("{")
    assert (await files.current()).trust == before
    (directory / "trust-list.json").unlink()
    assert (await files.current()).trust == before
    write_list(directory, sequence_number=2)
    assert (await files.current()).trust.sequence_number == 2


async def test_the_sequence_number_never_goes_back(directory: Path) -> None:
    write_list(directory, sequence_number=7)
    files = files_of(directory)
    assert (await files.current()).trust.sequence_number == 7
    write_list(directory, sequence_number=6)
    assert (await files.current()).trust.sequence_number == 7


async def test_a_list_whose_certificate_comes_later_is_read_again(directory: Path) -> None:
    files = files_of(directory)
    await files.current()
    services = trust_list()["services"]
    services[1]["certificate"] = "new.pem"
    write_list(directory, sequence_number=2, services=services)
    assert (await files.current()).trust.sequence_number == 1
    (directory / "new.pem").write_bytes(authority("ca1").pem)
    assert (await files.current()).trust.sequence_number == 2


async def test_crls_are_still_read_under_a_list_that_was_kept(directory: Path) -> None:
    files = files_of(directory)
    assert await judged(files) is None
    (directory / "trust-list.json").write_text("{")
    assert await judged(files) is None
    (directory / "crl/ca1.crl").write_bytes(revoking())
    assert await judged(files) == "REVOKED_NO_POE"


async def test_without_any_list_the_service_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"TRUST_LIST_PATH .*No such file"):
        await files_of(tmp_path).current()


async def test_a_list_that_cannot_be_used_is_said_in_one_line(directory: Path) -> None:
    (directory / "ca1.pem").write_bytes(b"hello")
    with pytest.raises(StartupError, match=r"ca1\.pem holds no certificate"):
        await files_of(directory).current()
