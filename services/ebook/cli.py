"""`hoso book`: read-only looks at books."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.mongo import PyMongoError, connect
from services.chassis.settings import Settings
from services.ebook.core.identity import PERSON_TYPES
from services.ebook.core.totals import totals

book = typer.Typer(no_args_is_help=True, help="Electronic social insurance books.")
_ICT = ZoneInfo("Asia/Ho_Chi_Minh")

IDENTITY = {
    "name": "Họ và tên / Full name",
    "birth_date": "Ngày sinh / Date of birth",
    "sex": "Giới tính / Sex",
    "ethnicity": "Dân tộc / Ethnicity",
    "nationality": "Quốc tịch / Nationality",
    "phone": "Điện thoại / Phone",
    "email": "Thư điện tử / E-mail",
    "address": "Địa chỉ / Address",
}
TOTALS = {
    "contribution_months": "Tổng số tháng đóng / Months of contribution",
    "compulsory_months": "Bắt buộc / Compulsory",
    "voluntary_months": "Tự nguyện / Voluntary",
    "unemployment_months_contributed": "BHTN đã đóng / Unemployment, contributed",
    "unemployment_months_reserved": "BHTN bảo lưu / Unemployment, reserved",
}
SECTIONS = {
    "identity_history": (
        "Điều chỉnh nhân thân / Corrections of identity",
        {"field": "Mục / Field", "old": "Cũ / Old", "new": "Mới / New"},
    ),
    "contributions": (
        "Quá trình đóng / Contributions",
        {
            "from_month": "Từ tháng / From",
            "to_month": "Đến tháng / To",
            "unit_name": "Đơn vị / Unit",
            "scheme": "Loại / Scheme",
            "salary": "Tiền lương / Salary",
            "reason": "Lý do / Reason",
        },
    ),
    "benefits": (
        "Quá trình hưởng / Benefits",
        {
            "regime": "Chế độ / Regime",
            "from_date": "Từ ngày / From",
            "to_date": "Đến ngày / To",
            "amount": "Số tiền (đồng) / Amount (VND)",
            "payment": "Chi trả / Payment",
        },
    ),
    "unemployment": (
        "Bảo hiểm thất nghiệp / Unemployment insurance",
        {"months_contributed": "Đã đóng / Contributed", "months_reserved": "Bảo lưu / Reserved"},
    ),
    "settlements": (
        "Quyết định / Settlements",
        {
            "dossier_code": "Hồ sơ / Dossier",
            "agency": "Cơ quan / Agency",
            "received_at": "Lúc / At",
        },
    ),
}
DECISION = {"decision_number": "Quyết định / Decision"}


@book.callback()
def _group() -> None:
    """Electronic social insurance books."""


@book.command("show")
def show(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="Person id, or a CCCD, SI code or passport number.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The document as it is stored.")] = False,
) -> None:
    """One person's book."""
    # Names and numbers are printed as they are: in a book, brackets are no markup.
    console, settings = Console(markup=False, highlight=False), Settings()
    try:
        found = asyncio.run(_find(settings, id_))
    except PyMongoError:
        console.print("Cannot read MongoDB: is it up, and is MONGODB_URI right?", style="red")
        raise typer.Exit(1) from None
    if not found:
        console.print(f"No book of {id_}. Is the number complete, and MONGODB_URI the right one?")
        raise typer.Exit(1)
    for document in found:
        if as_json:
            typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))
        else:
            _print(console, document)


async def _find(settings: Settings, id_: str) -> list[dict[str, Any]]:
    """The books of whoever has this person id or identifier."""
    client = connect(settings.mongodb_uri)
    try:
        database = client[f"{settings.mongodb_database_prefix}_ebook"]
        names = [f"{kind}|{id_}" for kind in PERSON_TYPES]
        aliases = await database.aliases.find({"_id": {"$in": names}}).to_list(None)
        persons = sorted({alias["person_id"] for alias in aliases} | {id_})
        found: list[dict[str, Any]] = await database.books.find({"_id": {"$in": persons}}).to_list(
            None
        )
        return found
    finally:
        client.close()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not expected in a book")


def _print(console: Console, document: dict[str, Any]) -> None:
    content = document["content"]
    head = Table(
        title="Sổ bảo hiểm xã hội điện tử / Electronic social insurance book", show_header=False
    )
    head.add_column()
    head.add_column(overflow="fold")
    for alias in content["aliases"]:
        head.add_row(_label(alias["type"]), alias["value"])
    for name, label in IDENTITY.items():
        if name in content["identity"]:
            head.add_row(label, content["identity"][name])
    for name, value in asdict(totals(content)).items():
        if value is not None:
            head.add_row(TOTALS[name], str(value))
    head.add_row("Mã sổ / Person id", document["_id"])
    console.print(head)
    for section, (title, columns) in SECTIONS.items():
        if content[section]:
            _print_section(console, title, {**columns, **DECISION}, content[section])


def _label(kind: str) -> str:
    return {
        "CCCD": "Số định danh cá nhân / Personal ID",
        "SI": "Mã số BHXH / Social insurance code",
        "PASSPORT": "Hộ chiếu / Passport",
    }[kind]


def _print_section(
    console: Console, title: str, columns: dict[str, str], entries: list[dict[str, Any]]
) -> None:
    table = Table(title=title)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for entry in entries:
        table.add_row(*(_cell(name, entry[name]) for name in columns))
    console.print(table)


def _cell(name: str, value: Any) -> str:
    if name == "received_at":
        return datetime.fromisoformat(value).astimezone(_ICT).strftime("%d/%m/%Y %H:%M")
    return "" if value is None else str(value)
