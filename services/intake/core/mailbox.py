"""One usable e-mail address, or none: no header injection, no second recipient, ASCII mailbox."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email

MAX_LOCAL = 64

# Nearly every address is as plain as this; the library's full check costs as much as all else
# that intake does. A law (tests/property) holds that it never says yes where the library says no.
_LABEL = r"(?:[a-z0-9]|[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}[a-z0-9])"
_PLAIN = re.compile(
    rf"(?=[^@]{{1,{MAX_LOCAL}}}@[^@]{{4,180}}\Z)"
    rf"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:{_LABEL}\.)+(?:vn|com|org|net|edu|gov)"
)


def usable_address(written: str) -> str | None:
    """The one address to which a letter can go (an international domain in its ASCII form)."""
    if _PLAIN.fullmatch(written):
        return written
    try:
        checked = validate_email(written, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    address = checked.ascii_email
    if address is None or len(address.rpartition("@")[0]) > MAX_LOCAL:
        return None
    return address
