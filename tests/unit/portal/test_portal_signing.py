import hashlib
import json
from base64 import b64decode, urlsafe_b64decode
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from services.portal.certificates import Algorithm
from services.portal.pki import EID_ISSUER, Pki
from services.portal.signing import base64url, detached_jws, eid_assertion

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
TEXT = '{"tên":"Nguyễn Văn Ánh"}'


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verify(certificate: x509.Certificate, algorithm: str, signature: bytes, data: bytes) -> None:
    key = certificate.public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    else:
        assert isinstance(key, rsa.RSAPublicKey)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        key.verify(
            signature, data, pss if algorithm == "PS256" else padding.PKCS1v15(), hashes.SHA256()
        )


@pytest.mark.parametrize("algorithm", ["PS256", "RS256", "ES256", "EdDSA"])
def test_a_detached_jws_covers_the_exact_text_and_nothing_else(
    pki: Pki, algorithm: Algorithm
) -> None:
    signer = pki.signer("Trần Thị Bích", ["CCCD:001190000001"], algorithm)
    jws = detached_jws(TEXT, signer, NOW)
    assert jws.keys() == {"protected", "signature"}
    header = json.loads(decoded(jws["protected"]))
    assert header.keys() == {"alg", "x5c", "x5t#S256", "sigT"}
    assert header["alg"] == algorithm
    assert header["sigT"] == "2026-07-01T08:00:00Z"
    leaf_der, _issuer = (b64decode(certificate) for certificate in header["x5c"])
    assert decoded(header["x5t#S256"]) == hashlib.sha256(leaf_der).digest()
    leaf = x509.load_der_x509_certificate(leaf_der)
    signature = decoded(jws["signature"])
    signed = f"{jws['protected']}.{base64url(TEXT.encode())}"
    verify(leaf, algorithm, signature, signed.encode())
    other = f"{jws['protected']}.{base64url(TEXT.replace('Á', 'A').encode())}"
    with pytest.raises(InvalidSignature):
        verify(leaf, algorithm, signature, other.encode())


def test_an_eid_assertion_is_a_compact_jws_with_exactly_the_agreed_claims(pki: Pki) -> None:
    subject = {"type": "CCCD", "value": "001190000001"}
    assertion = eid_assertion(
        TEXT, pki.eid, issuer=EID_ISSUER, subject=subject, loa=2, authenticated_at=NOW
    )
    header, claims, signature = assertion.split(".")
    assert json.loads(decoded(claims)) == {
        "iss": EID_ISSUER,
        "sub": subject,
        "loa": 2,
        "auth_time": int(NOW.timestamp()),
        "content_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    }
    (der,) = json.loads(decoded(header))["x5c"]
    leaf = x509.load_der_x509_certificate(b64decode(der))
    verify(leaf, "ES256", decoded(signature), f"{header}.{claims}".encode())
