"""The parts of docs/lesotho.md that are written from the shipped menus: their services, their data files.

Usage: python -m tests.lesotho_page    writes them anew between their marks
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.catalogue import Service, ServiceKind
from app.pack import Pack
from app.pack_files import read_pack, read_sources
from app.values.text import fill
from tests.lands import ROOT, SHIPPED

PAGE = ROOT / "docs" / "lesotho.md"
LANGUAGE = "en"
DONE = {
    ServiceKind.FILE: "filed",
    ServiceKind.ASK: "asked at once",
    ServiceKind.LOOKUP: "told from a file",
    ServiceKind.MINE: "the caller's own",
}


def services_of(pack: Pack) -> str:
    lines = ["| service | how | who does it | costs | for |", "| --- | --- | --- | --- | --- |"]
    for service in pack.catalogue.services.values():
        if service.kind in DONE:
            title = fill(service.title[LANGUAGE], {})
            lines.append(
                f"| {title} (`{service.name}`) | {DONE[service.kind]} | {_offices(pack, service)} | {_fee(service)} "
                f"| {service.purpose or '-'} |"
            )
    return "\n".join(lines)


def _offices(pack: Pack, service: Service) -> str:
    if service.lookup:
        return f"`{service.lookup.file}`"
    entries = [pack.catalogue.offices[name] for name in sorted(service.offices)]
    return "; ".join(f"{entry.title} ({entry.adapter})" for entry in entries) or "the house itself"


def _fee(service: Service) -> str:
    if service.fee is None:
        return "-"
    amount = "free" if service.fee.amount_minor == 0 else f"M{service.fee.amount_minor / 100:.2f}"
    return f"{amount}: {service.fee.source}"


def files_of(_: Pack) -> str:
    lines = ["| file | rows | who says so | read |", "| --- | --- | --- | --- |"]
    for name, text in sorted(read_sources(SHIPPED)[0].items()):
        if name.startswith("data/"):
            said = dict(re.findall(r"^# (source|as_of): (.*)$", text, re.MULTILINE))
            rows = [line for line in text.splitlines() if line and not line.startswith("#")]
            source = said.get("source", "each row says")
            lines.append(f"| `{name}` | {len(rows) - 1} | {source} | {said.get('as_of', 'each row says')} |")
    return "\n".join(lines)


PARTS: Mapping[str, Callable[[Pack], str]] = {"services": services_of, "files": files_of}


def refreshed(page: str) -> str:
    pack = read_pack(SHIPPED)
    for name, part in PARTS.items():
        written = f"<!-- {name} -->\n{part(pack)}\n<!-- end -->"
        page = re.sub(rf"<!-- {name} -->\n.*?<!-- end -->", lambda _, now=written: now, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text("utf-8")), "utf-8")
