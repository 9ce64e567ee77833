import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from services.portal.certificates import Algorithm
from services.portal.pki import LATE, REVOKED_SERIALS, Condition, Pki
from services.portal.signing import Signer

SOMEBODY = ("Nguyễn Văn An", ("CCCD:001090123456",))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.create(tmp_path_factory.mktemp("pki"), 1)


def signer_of(pki: Pki, condition: Condition = "GOOD", algorithm: Algorithm = "ES256") -> Signer:
    return pki.signer(*SOMEBODY, algorithm, condition)


def chain_of(signer: Signer) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(der) for der in signer.chain]


def crl_of(pki: Pki, label: str) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl((pki.directory / "crl" / f"{label}.crl").read_bytes())


def test_the_trust_list_names_every_service_once_with_files_beside_it(pki: Pki) -> None:
    trust_list = json.loads(pki.trust_list.read_text())
    types = [service["type"] for service in trust_list["services"]]
    assert types == ["ROOT", "CA", "CA", "CA", "SPECIALISED", "EID"]
    for service in trust_list["services"]:
        certificate = pki.trust_list.parent / service["certificate"]
        assert x509.load_pem_x509_certificate(certificate.read_bytes())
        assert ("crl" in service) == (service["type"] != "EID")


@pytest.mark.parametrize("algorithm", ["PS256", "RS256", "ES256", "EdDSA"])
def test_a_leaf_is_vouched_for_by_its_chain_and_may_only_sign(
    pki: Pki, algorithm: Algorithm
) -> None:
    leaf, issuer = chain_of(signer_of(pki, algorithm=algorithm))
    root = x509.load_pem_x509_certificate((pki.directory / "root.pem").read_bytes())
    leaf.verify_directly_issued_by(issuer)
    issuer.verify_directly_issued_by(root)
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    kind = {"ES256": ec.EllipticCurvePublicKey, "EdDSA": ed25519.Ed25519PublicKey}
    assert isinstance(leaf.public_key(), kind.get(algorithm, rsa.RSAPublicKey))


def test_identities_stand_in_uid_attributes_one_or_several(pki: Pki) -> None:
    uids = ("MST:0100686209-199", "CCCD:001090123456")
    leaf, _ = chain_of(pki.signer("Công ty TNHH Chè", uids, "ES256"))
    found = leaf.subject.get_attributes_for_oid(NameOID.USER_ID)
    assert sorted(str(attribute.value) for attribute in found) == sorted(uids)


def test_an_agency_is_named_by_its_code_and_issued_by_the_specialised_authority(pki: Pki) -> None:
    leaf, issuer = chain_of(pki.agency("G12.01"))
    assert leaf.subject.get_attributes_for_oid(NameOID.USER_ID)[0].value == "MNS:G12.01"
    specialised = x509.load_pem_x509_certificate((pki.directory / "specialised.pem").read_bytes())
    assert issuer == specialised


def test_an_expired_leaf_has_ended_and_a_revoked_one_stands_in_its_issuers_crl(pki: Pki) -> None:
    now = datetime.now(UTC)
    expired, _ = chain_of(signer_of(pki, "EXPIRED"))
    assert expired.not_valid_after_utc < now
    revoked, issuer = chain_of(signer_of(pki, "REVOKED"))
    listed = [
        crl_of(pki, label).get_revoked_certificate_by_serial_number(revoked.serial_number)
        for label in ("ca1", "ca2")
        if crl_of(pki, label).issuer == issuer.subject
    ]
    assert len(listed) == 1
    assert listed[0] is not None
    assert listed[0].revocation_date_utc < now


def test_a_good_leaf_stands_in_no_crl(pki: Pki) -> None:
    leaf, _ = chain_of(signer_of(pki))
    assert leaf.serial_number not in REVOKED_SERIALS


def test_every_crl_is_signed_by_its_authority_and_serves_for_weeks(pki: Pki) -> None:
    for label in ("root", "ca1", "ca2", "specialised"):
        authority = x509.load_pem_x509_certificate((pki.directory / f"{label}.pem").read_bytes())
        key = authority.public_key()
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        crl = crl_of(pki, label)
        assert crl.is_signature_valid(key)
        assert crl.next_update_utc is not None
        assert crl.next_update_utc > datetime.now(UTC) + timedelta(days=20)


def test_an_unknown_authority_is_not_in_the_trust_list(pki: Pki) -> None:
    _, issuer = chain_of(signer_of(pki, "UNKNOWN_CA"))
    trusted = [
        x509.load_pem_x509_certificate((pki.directory / service["certificate"]).read_bytes())
        for service in json.loads(pki.trust_list.read_text())["services"]
    ]
    assert issuer not in trusted


def test_the_late_crl_is_missing_until_it_is_published(pki: Pki) -> None:
    path = pki.directory / "crl" / f"{LATE}.crl"
    assert not path.exists()
    assert pki.publish_crl(LATE) == path
    assert x509.load_der_x509_crl(path.read_bytes())
    pki.withdraw_crl()
    assert not path.exists()


def test_a_loaded_pki_issues_below_the_same_authorities(pki: Pki) -> None:
    again = Pki.load(pki.directory)
    assert chain_of(signer_of(again))[1] == chain_of(signer_of(pki))[1]
    assert again.eid.chain == pki.eid.chain


def test_loading_after_three_weeks_renews_crls_in_place_and_no_others(tmp_path: Path) -> None:
    pki = Pki.create(tmp_path, 1, now=datetime.now(UTC) - timedelta(days=25))
    old = crl_of(pki, "ca1").next_update_utc
    Pki.load(tmp_path)
    new = crl_of(pki, "ca1").next_update_utc
    assert old is not None
    assert new is not None
    assert new > old
    assert not (tmp_path / "crl" / f"{LATE}.crl").exists()


def test_keys_are_readable_by_their_owner_only(pki: Pki) -> None:
    modes = {path.stat().st_mode & 0o077 for path in (pki.directory / "private").iterdir()}
    assert modes == {0}
