"""How the shipped menus speak, on all pages, in every SMS and in data files: plainly, each option with a verb."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.compiler.pack import Spoken, spoken_in
from app.engine.program import Choose
from app.pack_files import read_named_pack, read_sources
from app.values.text import fill, parse_template, slots
from tests.lands import SHIPPED

JARGON = {
    "en": re.compile(
        r"\b(sessions?|menus?|invalid|errors?|systems?|servers?|databases?|time-?outs?|transactions?|authenti\w*|"
        r"authori[sz]\w*|otp|uin|submit\w*|inputs? (?:a|the|your)|process(?:ed|ing)|quer(?:y|ies)|pending|defaults?|"
        r"retry|beneficiar\w*|disburs\w*|users?|log ?in|credentials?|portals?|platforms?|apis?|subscri\w*|verif\w*|"
        r"eligib\w*|ussd|prompts?|kindly|facilit\w*|utili[sz]\w*|commenc\w*|terminat\w*)\b",
        re.IGNORECASE,
    ),
    "st": re.compile(
        r"\b(sesteme|sisteme|menyu|menu|data|session|error|server|submit|status|otp|uin|ussd|portal|platform|system|"
        r"dumela|tshebeletso|ya|wa|jwal[eo]|ngwana|\w*kg[aeiouw]\w*|\w*tjh\w*|di[a-z]{3,})\b",
        re.IGNORECASE,
    ),
}
"""What offices and programmers say; in Sesotho their English words too, and how South Africa spells."""
VERBS = {
    "st": "Amohela Batla Bona Bua E Che Emisa Etsa Fumana Kopa Khetha Lefa Lokolla Na Ngolisa Qala Qeta Reka Sheba "
    "Thusa Thusoa Tletleba Tsebisa Tsoela",
    "en": "Apply Ask Attest Begin Buy Cancel Check Choose Complain Find Get Go Help Is Leave No Pay Redeem Register "
    "Report See Take Talk Yes",
}
"""With what an option begins that leads somewhere; a question and its yes and no do as well."""
OBJECTS = {"passport/pages", "passport/urgent", "passport/lost", "traffic/papers", "farming/papers"}
"""Pages whose heading has the verb, and whose options say of what."""
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def spoken(directory: Path) -> list[Spoken]:
    return list(spoken_in(read_sources(directory)[0])[1])


def jargon(directory: Path, language: str) -> Iterator[str]:
    for one in spoken(directory):
        found = JARGON[language].search(_PLACEHOLDER.sub("", one.text)) if one.language == language else None
        if found:
            yield f"{one.file} {'/'.join(one.where)}: {found[0]}"


@pytest.mark.parametrize("language", ["st", "en"])
def test_no_text_is_in_the_words_of_offices_or_of_another_country(language: str) -> None:
    assert sum(one.language == language for one in spoken(SHIPPED)) > 900
    assert list(jargon(SHIPPED, language)) == []


@pytest.mark.parametrize(
    ("language", "file", "plain", "planted", "word"),
    [
        ("st", "documents.yaml", '"Mangolo:"', '"Sesteme ea mangolo:"', "Sesteme"),
        ("st", "death.yaml", "text: Mohats'a hae", "text: Mohats'a ya hae", "ya"),
        ("st", "services.yaml", "Motho o tla e bala", "Status e tla tla", "Status"),
        ("en", "languages/en.yaml", "Which passport?", "Submit: which passport?", "Submit"),
        ("en", "languages/en.yaml", "A person will read it;", "It is being processed;", "processed"),
        ("en", "data/hospitals.csv", ",Births are", ",Invalid births are", "Invalid"),
    ],
)  # fmt: skip
def test_a_word_that_is_planted_anywhere_is_found(
    tmp_path: Path, language: str, file: str, plain: str, planted: str, word: str
) -> None:
    copy = tmp_path / "pack"
    shutil.copytree(SHIPPED, copy)
    text = (copy / file).read_text("utf-8")
    assert plain in text
    (copy / file).write_text(text.replace(plain, planted, 1), "utf-8")
    (found,) = jargon(copy, language)
    assert found.endswith(f": {word}")


@pytest.mark.parametrize("language", ["st", "en"])
def test_each_option_that_leads_somewhere_begins_with_what_one_does(language: str) -> None:
    program, bare, seen = read_named_pack(SHIPPED).program, [], 0
    for screen in program.screens.values():
        if isinstance(screen, Choose) and screen.name not in OBJECTS:
            for option in screen.listed():
                words = re.findall(r"\w+", "".join(map(str, option.text[language])))
                seen += option.value is None and option.language is None
                leads = option.value is None and option.language is None
                if (leads or screen.name == "grants/start") and words[0] not in VERBS[language].split():
                    bare.append(f"{screen.name} {option.key}: {' '.join(words)}")
    assert seen > 80 and bare == []


STRAY = re.compile(r"[:,;(] *[.,:;)]|[.!?] *[,:;)]|[:,;(]$|^[ .,:;]|\( |  ", re.MULTILINE)
"""Marks that were to lead to something, and lead to nothing, but for those above a list."""
PRICES = {"fee", "charge", "total"}
"""What the house reckons itself, and never leaves empty."""


def test_no_text_has_a_mark_that_leads_to_nothing_whatever_is_left_empty() -> None:
    stray, tried = [], 0
    for one in spoken(SHIPPED):
        template = parse_template(one.text)
        full = Counter(STRAY.findall(fill(template, dict.fromkeys(slots(template), "X"))))
        for empty in slots(template):
            filled = fill(template, {slot: "" if slot.name == empty.name else "X" for slot in slots(template)})
            tried += 1
            if empty.name not in PRICES and Counter(STRAY.findall(filled)) - full:
                stray.append(f"{one.file} {'/'.join(one.where)} without {empty.name}: {filled}")
    assert tried > 1000 and stray == []
