"""Law: a JWS part is read exactly where it is the one base64url form of its bytes."""

from __future__ import annotations

import base64

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.signature.core import jws
from services.signature.core.jws import JwsFormatError

PARTS = st.text(alphabet=st.sampled_from("AQgw19-_+/= \né\ud800"), max_size=12)


def _only_form_of(text: str) -> bytes | None:
    """The plainest way to say it: decode however leniently, and see if it comes back."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    written = base64.urlsafe_b64encode(raw).rstrip(b"=")
    return raw if written == text.encode("utf-8", "surrogatepass") else None


def _read(text: str) -> bytes | None:
    try:
        return jws.decode(text, "PART")
    except JwsFormatError:
        return None


@settings(deadline=None)
@given(PARTS)
@example("YQ==")
@example("YR")
@example("YW=")
@example("+/+/")
@example("Y\nQ")
def test_a_part_is_read_exactly_where_it_is_the_one_form_of_its_bytes(text: str) -> None:
    assert _read(text) == _only_form_of(text)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_what_is_written_is_read_again(raw: bytes) -> None:
    assert jws.encode(raw) == base64.urlsafe_b64encode(raw).rstrip(b"=")
    assert jws.decode(jws.encode(raw).decode(), "PART") == raw
