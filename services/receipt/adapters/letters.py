"""A letter as a mail: jinja2 templates and MIME. The same letter gives the same bytes.

Data never becomes template text; HTML is escaped; an undefined name is an error, not a blank.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.receipt.core.dossier import Dossier, Letter, usable
from services.receipt.core.letter import recipients
from services.receipt.core.page import TITLES, Page, page
from services.receipt.ports import Mail

_LINE = 76
TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Office:
    """Who writes: the fixed From, and the domain of Message-IDs."""

    address: str
    name: str
    domain: str


class LetterRenderer:
    """The port `Compose`."""

    def __init__(self, office: Office) -> None:
        local, domain = office.address.rsplit("@", 1)
        self._from = _folded("From", Address(office.name, local, domain))
        # Folding Vietnamese text takes the email package milliseconds: once, not for each letter.
        self._subjects = {
            kind: _folded("Subject", f"{title} · Hồ sơ") for kind, (title, _) in TITLES.items()
        }
        self._domain = office.domain
        loader = FileSystemLoader(TEMPLATES)
        self._html = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        self._text = Environment(
            loader=loader,
            autoescape=False,  # noqa: S701  plain text has no markup to escape
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def __call__(self, dossier: Dossier, letter: Letter) -> Mail:
        """The mail of a letter to a recipient who has an address."""
        assert dossier.filing is not None
        recipient = recipients(dossier.filing)[letter.recipient].email
        assert recipient is not None
        assert usable(recipient)
        written = page(dossier, letter)
        boundary = f"hoso-{letter.letter_id.hex}"
        parts = (("plain", self.text(written)), ("html", self.html(written)))
        body = b"".join(_part(boundary, subtype, text) for subtype, text in parts)
        head = self._head(written, letter, recipient, boundary)
        return Mail(letter.letter_id, recipient, head + body + f"--{boundary}--\r\n".encode())

    def html(self, written: Page) -> str:
        """The letter as a page for a phone, Vietnamese first."""
        template = self._html.get_template(f"{written.kind.lower()}.html.j2")
        return template.render(page=written)

    def text(self, written: Page) -> str:
        """The same as plain text."""
        return self._text.get_template(f"{written.kind.lower()}.txt.j2").render(page=written)

    def _head(self, written: Page, letter: Letter, recipient: str, boundary: str) -> bytes:
        """Subject: kind and code only, since it shows to whoever looks over a shoulder."""
        lines = (
            f" {written.dossier_code}",  # goes on with the folded Subject
            f"To: {recipient}",
            f"Date: {format_datetime(letter.dated_at or letter.next_try_at)}",
            f"Message-ID: <{letter.letter_id}@{self._domain}>",
            "Auto-Submitted: auto-generated",
            "Content-Language: vi, en",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/alternative; boundary="{boundary}"',
            "",
            "",
        )
        return self._from + self._subjects[written.kind] + "\r\n".join(lines).encode("ascii")


def _folded(name: str, value: str | Address) -> bytes:
    message = EmailMessage(policy=SMTP)
    message[name] = value
    return SMTP.fold_binary(name, message[name])


def _part(boundary: str, subtype: str, text: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    encoded = b64encode(
        text.encode()
    )  # base64.encodebytes takes a line at a time, ten times longer
    lines = [encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)]
    return head.encode() + b"\r\n".join((*lines, b""))
