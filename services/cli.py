"""`hoso`: one command for operators and the portal simulator; each package brings its own part."""

from __future__ import annotations

import typer

from services.audit.cli import dossier
from services.chassis.cli import dlt
from services.ebook.cli import book
from services.portal.cli import portal

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="hoso: Vietnam's electronic social insurance dossiers, from the command line.",
)
app.add_typer(portal, name="portal", help="The portal simulator: demo, load, file, settle.")
app.add_typer(dossier, name="dossier")
app.add_typer(book, name="book", help="Electronic social insurance books.")
app.add_typer(dlt, name="dlt", help="Dead letters: list, show, redrive.")


def main() -> None:
    """Entry point of the `hoso` command."""
    app()


if __name__ == "__main__":
    main()
