"""The page that tells a person what the sandbox is, how its knobs stand and what to type."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from integrations.sandbox.directory import POINTS
from integrations.sandbox.knobs import KnobBoard, OfficeName
from integrations.sandbox.m_pesa import WALLET as M_PESA
from integrations.sandbox.opencrvs_records import REGISTRATIONS
from integrations.sandbox.push_poll import WALLET as PUSH_POLL
from integrations.sandbox.store import Store

STYLE = """
body { font: 17px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1d2730;
  background: #fbfaf7; }
h1 { margin-bottom: 0; } h2 { margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .8rem .4rem 0;
  border-bottom: 1px solid #d8d5cc; }
.turned { background: #ffe9b8; font-weight: 600; }
code { font-size: .9em; } pre { background: #1d2730; color: #f4f1ea; padding: .8rem 1rem; overflow-x: auto;
  border-radius: 6px; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Bills = Callable[[str], Awaitable[list[dict[str, Any]]]]
COUNTED = {
    OfficeName.CIVIL_REGISTRY: "births",
    OfficeName.ELECTRICITY: "vends",
    OfficeName.PASSPORTS: "passport_fees",
    OfficeName.FARM_INPUTS: "vouchers_redeemed",
    OfficeName.PENSIONS: "proofs_of_life",
    OfficeName.WALLET: "payments",
    OfficeName.SMS: "sms",
    OfficeName.OAUTH: "tokens",
    OfficeName.GRANTS: "grant_messages",
    OfficeName.IDENTITY: "ida_codes",
}

WALLETS = {OfficeName.M_PESA: M_PESA, OfficeName.PUSH_POLL: PUSH_POLL}


def page_router(board: KnobBoard, store: Store, bills: Bills) -> APIRouter:
    """`bills` are those of a number, as its wallet sees them."""
    environment = Environment(loader=PackageLoader(__package__, ""), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("page.html")
    router = APIRouter()

    async def show(request: Request, number: str = "", said: str = "") -> HTMLResponse:
        counts = {office: store.next_number(table) - 1 for office, table in COUNTED.items()}
        counts |= {OfficeName.DIRECTORY: len(POINTS), OfficeName.OPENCRVS: len(REGISTRATIONS)}
        for office, wallet in WALLETS.items():
            counts[office] = len(store.rows("SELECT number FROM pushes WHERE wallet = ?", wallet))
        menu = {"number": number, "said": said, "bills": await bills(number) if number else []}
        base = str(request.base_url).rstrip("/")
        html = template.render(style=STYLE, knobs=board.all(), counts=counts, base=base, menu=menu)
        return HTMLResponse(html, headers=HEADERS)

    router.add_api_route("/", show, methods=["GET"], include_in_schema=False)
    return router
