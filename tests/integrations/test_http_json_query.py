"""The query of a plain JSON office: only what is declared, nothing that breaks out of its value, nothing left open."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered
from integrations.services.http_json_operation import read_operation
from tests.integrations.country import plain_office
from tests.integrations.desk import Desk, say

pytestmark = pytest.mark.anyio

POINTS: dict[str, object] = {
    "method": "GET",
    "path": "/points",
    "takes": ["district", "kind"],
    "query": {"district": "{district}", "kind": {"optional": "kind"}, "page[size]": "20"},
    "answered": ["200"],
}


def target(arguments: dict[str, str], **change: object) -> str:
    return read_operation("points", "list", {**POINTS, **change}).target_with(arguments)


async def test_arguments_and_constants_are_sent_and_nothing_else(desk: Desk) -> None:
    desk.will(say(200, {}))
    office = plain_office("points", desk.url, None, {"list": POINTS})
    arguments = {"district": "Qacha's Nek", "kind": "shop", "more": "is ignored"}
    assert await office.ask("list", arguments, "S1-4", 2.0) == Answered({})
    await office.close()
    assert desk.heard[0].path == "/points?district=Qacha%27s%20Nek&kind=shop&page%5Bsize%5D=20"
    assert desk.heard[0].body == b""


async def test_a_query_goes_with_a_body_and_a_key(desk: Desk) -> None:
    desk.will(say(200, {}))
    filing = {**POINTS, "method": "POST", "body": {"kind": "{kind}"}, "query": {"in": "LS {district}"}}
    office = plain_office("points", desk.url, None, {"file": filing})
    await office.ask("file", {"district": "Leribe", "kind": "shop"}, "S1-4", 2.0)
    await office.close()
    heard = desk.heard[0]
    assert (heard.path, heard.json()) == ("/points?in=LS%20Leribe", {"kind": "shop"})
    assert heard.headers["idempotency-key"] == "S1-4"


def test_an_optional_argument_that_is_empty_is_left_out() -> None:
    assert target({"district": "Leribe", "kind": ""}) == "/points?district=Leribe&page%5Bsize%5D=20"


def test_a_query_of_nothing_but_empty_arguments_leaves_no_question_mark() -> None:
    assert target({"district": "Leribe", "kind": ""}, query={"kind": {"optional": "kind"}}) == "/points"


@pytest.mark.parametrize("district", ["", "a\r\nX-Evil: 1", "a\x00", "\u202eabc", "\ud800", "x" * 2_000, "š" * 400])
async def test_an_argument_that_is_empty_odd_or_endless_is_not_sent(desk: Desk, district: str) -> None:
    office = plain_office("points", desk.url, None, {"list": POINTS})
    with pytest.raises(ServiceFailed, match="argument_unfit") as failed:
        await office.ask("list", {"district": district, "kind": ""}, "S1-4", 2.0)
    await office.close()
    assert (desk.heard, failed.value.retryable) == ([], False)


async def test_an_argument_that_was_not_given_is_not_sent_empty(desk: Desk) -> None:
    office = plain_office("points", desk.url, None, {"list": POINTS})
    with pytest.raises(ServiceFailed, match="argument_missing"):
        await office.ask("list", {"district": "Leribe"}, "S1-4", 2.0)
    await office.close()
    assert desk.heard == []


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(str.isprintable),
    st.text(st.characters(codec="utf-8"), max_size=60).filter(str.isprintable),
)
def test_whatever_is_typed_stays_inside_its_own_value(district: str, kind: str) -> None:
    sent = urlsplit(target({"district": district, "kind": kind}))
    wanted = [("district", district), *([("kind", kind)] if kind else []), ("page[size]", "20")]
    assert parse_qsl(sent.query, keep_blank_values=True, strict_parsing=True) == wanted
    assert (sent.path, sent.fragment) == ("/points", "")


def test_a_placeholder_in_an_argument_is_only_text() -> None:
    assert target({"district": "{kind}", "kind": "shop"}, query={"district": "{district}"}) == (
        "/points?district=%7Bkind%7D"
    )


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("district", "query"),
        (["district"], "query"),
        ({"district": "{distric}"}, "`distric` is not taken by the operation"),
        ({"district": "{district"}, "brace"),
        ({"kind": {"optional": "sort"}}, "`sort` is not taken by the operation"),
        ({"kind": {"optional": "Kind"}}, "query.kind.optional"),
        ({"kind": {"integer": "kind"}}, "query.kind"),
        ({"kind": {"optional": "kind", "otherwise": "shop"}}, "query.kind: "),
        ({"kind": ["{kind}"]}, "query.kind"),
        ({"a kind": "shop"}, "query.a kind"),
        ({"": "shop"}, "query"),
        ({"kind": "x" * 201}, "query.kind"),
        ({"kind": "a\nb"}, "query.kind"),
        ({f"k{number}": "1" for number in range(21)}, "query"),
    ],
)
def test_a_wrong_declaration_stops_the_start_and_names_the_field(query: object, complaint: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        plain_office("points", "http://127.0.0.1:1", None, {"list": {**POINTS, "query": query}})
    assert "`points`" in str(wrong.value)
    assert "`list`" in str(wrong.value)
    assert complaint in str(wrong.value)
