"""`mohala languages`: how far each language is, and in which order a native speaker looks."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.authoring.languages import Use, as_csv, as_text, standings
from app.cli import cli
from app.errors import SettingsWrong
from tests.compiler.broken import BASE
from tests.compiler.test_lookups import PACK
from tests.lands import ROOT

AGENTS_MENU, HELP_OF_AGENTS = ("programs", "agents"), ("phrases", "agent_help")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The small pack with data files; its base language is unreviewed but for one text, French is by Marie."""
    sources = {
        **PACK,
        "pack.yaml": BASE["pack.yaml"].replace("languages: [en, fr]\n", "languages: [en, fr]\nreview: unreviewed\n"),
    }
    sources["main.yaml"] = sources["main.yaml"].replace(
        "    choose: Hello\n", "    choose: {text: Hello, review: reviewed, by: Ann, on: 2026-11-24}\n"
    )
    for name, text in sources.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "pack"


def test_reviewed_and_unreviewed_texts_are_counted_by_language(small: Path) -> None:
    english, french = standings(small)
    assert (english.language, english.reviewed, english.missing) == ("en", 1, 0)
    assert english.unreviewed == english.texts - 1 > 40
    assert (french.reviewed, french.unreviewed, french.waiting) == (french.texts, 0, [])


def test_what_is_on_the_first_pages_comes_first_then_money_then_texts(small: Path) -> None:
    (english,) = standings(small, "en")
    uses = [one.use for one in english.waiting]
    assert uses == sorted(uses) and set(uses) == set(Use) - {Use.AGENTS}  # this pack has none
    assert [one.place for one in english.waiting] == list(range(1, len(uses) + 1))
    by_where = {one.spoken.where: one.use for one in english.waiting}
    assert by_where["programs", "main", "start", "options", "1"] is Use.ENTRANCE
    assert by_where["phrases", "back"] is Use.ENTRANCE
    assert by_where["programs", "main", "sure", "text"] is Use.MONEY
    assert by_where["programs", "main", "done", "text"] is Use.PAGE
    assert by_where["services", "visit", "sms", "stuck"] is Use.SMS
    assert by_where["phrases", "sms_help"] is Use.SMS
    assert by_where["phrases", "unavailable"] is by_where["what.en",] is Use.OTHER  # no screen tells of the file


def test_a_text_that_a_language_lacks_waits_too(small: Path) -> None:
    path = small / "languages/fr.yaml"
    path.write_text(path.read_text("utf-8").replace("    read: {text: Un long texte}\n", ""), "utf-8")
    (french,) = standings(small, "fr")
    assert french.missing == 1
    told = list(as_text(french, 5))
    assert told[0].endswith("0 unreviewed, 1 missing") and told[1].endswith("read > text: (missing) A long text")


def test_a_language_that_there_is_not_is_told(small: Path) -> None:
    with pytest.raises(SettingsWrong, match="`de` is no language of this pack; it has en, fr"):
        standings(small, "de")


def test_the_table_has_a_row_for_each_and_no_formula(small: Path) -> None:
    path = small / "main.yaml"
    path.write_text(path.read_text("utf-8").replace("page: A long text", "page: =A long text"), "utf-8")
    rows = list(csv.DictReader(io.StringIO(as_csv(standings(small)))))
    (english,) = standings(small, "en")
    assert len(rows) == len(english.waiting)
    assert rows[0]["place"] == "1" and rows[0]["use"] == "entrance"
    assert "'=A long text" in {row["text"] for row in rows}


def test_the_command_prints_both(small: Path) -> None:
    shown = CliRunner().invoke(cli, ["languages", str(small), "--most", "2"])
    lines = shown.output.splitlines()
    assert lines[0].startswith("en: ") and lines[1].startswith("    1. entrance ")
    assert lines[3].endswith("--csv has all of them") and lines[4].startswith("fr: ")
    table = CliRunner().invoke(cli, ["languages", str(small), "--csv"])
    assert table.output.startswith("language,place,use,file,line,where,review,text,base\n")


def test_reviewed_texts_are_in_the_table_when_they_are_asked_for(small: Path) -> None:
    english, french = standings(small)
    rows = list(csv.DictReader(io.StringIO(as_csv([english, french], whole=True))))
    assert len(rows) == english.texts + french.texts
    assert {row["review"] for row in rows if row["place"]} == {"unreviewed"}
    assert {row["review"] for row in rows if not row["place"]} == {"reviewed"}


def test_in_the_shipped_pack_citizens_come_first_in_the_order_of_the_menus_and_agents_last() -> None:
    """Documents, payments and grants as the main page has them; agents' pages and texts behind everything else."""
    (sesotho,) = standings(ROOT / "menus/lesotho", "st")
    files = list(dict.fromkeys(one.spoken.file for one in sesotho.waiting))
    assert files.index("welcome.yaml") < files.index("documents.yaml") < files.index("pay.yaml")
    assert files.index("pay.yaml") < files.index("grants.yaml") < files.index("agents.yaml")
    of_agents = [one for one in sesotho.waiting if one.spoken.where[:2] in (AGENTS_MENU, HELP_OF_AGENTS)]
    assert of_agents and {one.use for one in of_agents} == {Use.AGENTS}
    assert {one.use for one in sesotho.waiting[-len(of_agents) :]} == {Use.AGENTS}
    texts = [one.spoken.where for one in sesotho.waiting if one.use is Use.SMS and one.spoken.where[0] == "services"]
    paid = {"electricity", "electricity-bill", "water-payment", "water-bill", "tax-payment", "tax-bill"}
    costing = paid | {"passport-payment", "passport-32", "passport-64"}
    assert {where[1] for where in texts[:10]} <= costing
    assert ("services", "voucher", "sms", "holder") in texts and ("services", "voucher", "sms", "done") not in texts
