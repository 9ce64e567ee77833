"""CRLs: which serve, what revoked means, and what must not be taken for "good"."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from schemas.signature import ValidationReport
from services.signature.core.certificates import read_certificate
from services.signature.core.chain import Evidence
from services.signature.core.revocation import CrlError, is_rollback, read_crl
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW
from tests.signature_builders import POLICY, TEXT, authority, evidence, person, signed

SECOND = timedelta(seconds=1)
CA = authority("ca1")


def serial() -> int:
    return person().certificate.serial_number


def judged(found: Evidence) -> ValidationReport:
    return validate(TEXT, signed(), found, POLICY, NOW)


def with_crl(**changes: Any) -> ValidationReport:
    return judged(evidence({"ca1": pki.crl(CA, **changes)}))


def refused(raw: bytes) -> str:
    issuer = read_certificate(CA.der)
    assert issuer is not None
    with pytest.raises(CrlError) as caught:
        read_crl(raw, issuer, loaded_at=NOW)
    return str(caught.value)


@pytest.mark.parametrize("date", [NOW - timedelta(days=1), NOW])
def test_revoked_at_or_before_reception_is_revoked_no_poe(date: datetime) -> None:
    report = with_crl(revoked={serial(): date})
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "REVOKED_NO_POE")
    assert report.revocation_status == "REVOKED"


def test_revoked_after_reception_does_not_count() -> None:
    report = with_crl(revoked={serial(): NOW + SECOND})
    assert (report.indication, report.revocation_status) == ("TOTAL_PASSED", "GOOD")


def test_another_serial_does_not_count() -> None:
    assert with_crl(revoked={serial() + 1: NOW}).indication == "TOTAL_PASSED"


def test_no_crl_is_try_later_and_never_good() -> None:
    report = judged(evidence(without=("ca1",)))
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "TRY_LATER")
    assert report.revocation_status == "UNKNOWN"


def test_a_crl_that_ended_before_reception_is_try_later() -> None:
    assert with_crl(next_update=NOW - SECOND).sub_indication == "TRY_LATER"


def test_a_crl_serves_up_to_its_next_update() -> None:
    assert with_crl(next_update=NOW).indication == "TOTAL_PASSED"


def test_a_crl_published_after_reception_serves() -> None:
    issuer = read_certificate(CA.der)
    assert issuer is not None
    later = pki.crl(
        CA, {serial(): NOW}, this_update=NOW + timedelta(hours=2), next_update=NOW + pki.YEAR
    )
    found = evidence(without=("ca1",))
    crl = read_crl(later, issuer, loaded_at=NOW + timedelta(hours=3))
    both = Evidence(found.trust, {**found.crls, issuer.sha256: crl})
    assert judged(both).sub_indication == "REVOKED_NO_POE"


def test_a_crl_of_another_ca_does_not_serve() -> None:
    assert refused(pki.crl(authority("ca2"))) == "OTHER_ISSUER"


def test_a_crl_signed_by_another_key_does_not_serve() -> None:
    assert refused(pki.crl(CA, signed_by=authority("ca2"))) == "SIGNATURE"


def test_a_crl_by_a_ca_without_crl_sign_does_not_serve() -> None:
    ca = pki.certificate(
        pki.name("CA lạ"), "P-256", None, ca=True, key_usage=pki.usage(key_cert_sign=True)
    )
    issuer = read_certificate(ca.der)
    assert issuer is not None
    with pytest.raises(CrlError, match="ISSUER_MAY_NOT_SIGN_CRLS"):
        read_crl(pki.crl(ca), issuer, loaded_at=NOW)


def test_a_partitioned_or_delta_crl_does_not_serve() -> None:
    point = x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=True,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    delta = x509.DeltaCRLIndicator(1)
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    for extension in (point, delta, unknown):
        assert refused(pki.crl(CA, extensions=((extension, True),))) == "EXTENSION_NOT_UNDERSTOOD"


def test_a_crl_from_the_future_does_not_serve() -> None:
    later = pki.crl(CA, this_update=NOW + timedelta(hours=1))
    assert refused(later) == "NOT_YET_PUBLISHED"


@pytest.mark.parametrize("raw", [b"", b"CRL", b"-----BEGIN X509 CRL-----\n", b"0\x80"])
def test_bytes_that_are_no_crl_do_not_serve(raw: bytes) -> None:
    assert refused(raw) == "NOT_A_CRL"


def test_an_older_crl_is_a_rollback_by_number_then_by_time() -> None:
    issuer = read_certificate(CA.der)
    assert issuer is not None

    def listed(number: int, hours: int) -> Any:
        raw = pki.crl(CA, number=number, this_update=NOW - timedelta(hours=hours))
        return read_crl(raw, issuer, loaded_at=NOW)

    assert is_rollback(listed(1, 1), listed(2, 2))
    assert is_rollback(listed(2, 3), listed(2, 2))
    assert not is_rollback(listed(2, 2), listed(2, 2))
    assert not is_rollback(listed(3, 2), listed(2, 1))
