"""An SMTP server that keeps every mail and shows it on a page and by REST (MailDev), on 127.0.0.1.

For the demo and a few tests: every REST list reads all mails. Load tests use an aiosmtpd sink.
"""

import urllib.error
import urllib.request
from pathlib import Path

from deploy.local import downloads, ports
from deploy.local.process import Process

SCRIPT = Path("maildev") / "dist" / "bin" / "maildev.js"


class SmtpServer(Process):
    """A running inbox: `url` takes mail, `web_url` shows it (`<web_url>/api/email` as JSON)."""

    def __init__(
        self, directory: Path, smtp_port: int, web_port: int, logs: Path | None = None
    ) -> None:
        self.port = smtp_port
        self.web_port = web_port
        self.url = f"smtp://{ports.HOST}:{smtp_port}"
        self.web_url = f"http://{ports.HOST}:{web_port}"
        mails = directory / "mails"
        mails.mkdir(parents=True, exist_ok=True)
        listen = ["--ip", ports.HOST, "--smtp", str(smtp_port)]
        show = ["--web-ip", ports.HOST, "--web", str(web_port), "--mail-directory", str(mails)]
        super().__init__(
            "SMTP inbox",
            [downloads.node(), downloads.npm_packages() / SCRIPT, *listen, *show],
            log=(logs or directory / "logs") / "smtp.log",
            is_ready=self._serves,
        )

    def _serves(self) -> bool:
        return ports.accepts(f"{ports.HOST}:{self.port}") and answers(f"{self.web_url}/api/healthz")


def start(directory: Path, smtp_port: int | None = None, web_port: int | None = None) -> SmtpServer:
    """An inbox that takes mail; the mails in `directory` survive stop and kill."""
    server = create(directory, smtp_port, web_port)
    server.start()
    return server


def create(
    directory: Path,
    smtp_port: int | None = None,
    web_port: int | None = None,
    *,
    logs: Path | None = None,
) -> SmtpServer:
    """As `start`, but not launched; its log in `logs` if given."""
    smtp_port = smtp_port or ports.free_port()
    web_port = web_port or ports.free_port()
    ports.require_free(smtp_port, "the SMTP server", "HOSO_SMTP_PORT")
    ports.require_free(web_port, "the inbox page", "HOSO_INBOX_PORT")
    return SmtpServer(directory.resolve(), smtp_port, web_port, logs)


def answers(url: str, *, timeout: float = 5.0) -> bool:
    """Whether a GET of this local URL returns 200."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:  # noqa: S310 - our own URLs
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP OK
    except (OSError, urllib.error.URLError):
        return False
