"""The short way to accept an address never says more than the library's full check."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.core.mailbox import MAX_LOCAL, usable_address

PARTS = st.text("abzAZ09._+-", min_size=1, max_size=70)
LABELS = st.lists(st.text("abz09-", min_size=1, max_size=66), min_size=1, max_size=5)
ADDRESSES = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join(labels)}.{top}",
    PARTS,
    LABELS,
    st.sampled_from(["vn", "com", "edu", "test", "local", "v", "arpa"]),
)


def full_check(written: str) -> str | None:
    try:
        checked = validate_email(written, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return checked.ascii_email if len(checked.local_part) <= MAX_LOCAL else None


@given(ADDRESSES | st.text() | st.emails())
@example("a@xn--a.vn")
@example("a@" + "x" * 63 + "." + "x" * 63 + "." + "x" * 63 + ".vn")
def test_an_address_is_usable_exactly_when_the_library_says_so(written: str) -> None:
    assert usable_address(written) == full_check(written)
