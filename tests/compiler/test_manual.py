"""The reference page of the menu language: written from the code, its examples compiled, its rules complete."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.authoring.manual import TABLES, refreshed
from app.compiler.holes import HOLES
from app.compiler.pack import TOLERATED, examine
from tests.compiler.broken import COMPLAINING_FILES

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs/menu-language.md").read_text("utf-8")
EXAMPLE = re.compile(r"```yaml\n# ([a-z/.-]+)(?:, continued)?\n(.*?)```", re.DOTALL)
COMPLAINING = {"wrong", "complaint", "Complaint", "_Refused", "Fault"}
RULE = re.compile(r"[a-z]+(-[a-z]+)*")


def phrases(file: str) -> str:
    """The house's phrases as the shipped pack has them; the manual does not repeat them."""
    text = (ROOT / "menus/lesotho" / file).read_text("utf-8")
    return "phrases:\n" + text.partition("phrases:\n")[2].partition("\n\n")[0] + "\n"


def example_pack() -> dict[str, str]:
    sources: dict[str, str] = {}
    for file, text in EXAMPLE.findall(MANUAL):
        sources[file] = sources.get(file, "") + text
    sources["pack.yaml"] += phrases("languages/en.yaml")
    sources["languages/st.yaml"] += phrases("pack.yaml")
    return sources


def rules_in_code() -> set[str]:
    """Every rule's name that stands in the code as such: where complaints are made and where findings are yielded."""
    rules = set()
    for path in (*COMPLAINING_FILES, ROOT / "app/pack_files.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            told: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                told = node.args if name in COMPLAINING else []
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
                told = node.value.elts[1:2]
            texts = [part.value for part in told if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            rules |= set([text for text in texts if RULE.fullmatch(text)][:1])
    return rules


def test_its_tables_are_those_of_the_code() -> None:
    command = "python -m app.authoring.manual docs/menu-language.md"
    assert refreshed(MANUAL) == MANUAL, f"run `{command}` and commit what it writes"


def test_no_table_is_left_out() -> None:
    assert set(TABLES) == set(re.findall("<!-- fields: ([a-z ]+) -->", MANUAL))


def test_every_example_is_part_of_the_pack_that_is_compiled() -> None:
    assert MANUAL.count("```yaml") == len(EXAMPLE.findall(MANUAL)) > 10


def test_the_examples_compile_with_nothing_missing_but_translations() -> None:
    pack, complaints = examine(example_pack())
    assert [str(one) for one in complaints if one.rule not in TOLERATED] == []
    assert pack is not None
    assert {type(screen).__name__ for screen in pack.program.screens.values()} == {
        "Choose", "Ask", "Confirm", "CallScreen", "PageScreen", "Pick", "End",
    }  # fmt: skip


def test_every_rule_is_known_to_leave_a_hole_or_none() -> None:
    """Whoever adds a rule says here, or in the list of those that do, what it means for a published version."""
    assert rules_in_code() - HOLES == {
        "ambiguous-outcome", "asked-again", "asked-for-nothing", "attested-twice", "bad-baseline",
        "bad-commission", "bad-date",
        "bad-fee", "bad-hours", "bad-name", "bad-point-id", "bad-telephone", "call-chain", "call-loop",
        "choice-as-text", "choice-words", "csv", "dead-end", "duplicate-key", "duplicate-point", "echo", "formula",
        "idle-bound", "keyword-twice", "manual-office", "missing-cell", "missing-column", "missing-consent",
        "missing-purpose", "missing-translation", "needless-consent", "never-ends", "not-for-agents", "not-yet-known",
        "option-number", "pay-bounds", "pay-stage", "proof-of-nobody", "published-number", "push-of-nothing",
        "push-unbounded", "quiet-option",
        "resume-of-a-sub-menu",
        "retention-bound", "secret-kept", "secret-passed", "secret-shown", "sensitive-shown", "too-deep",
        "too-long", "too-many-pages", "too-many-points", "too-many-rows",
        "unanswerable-by-sms", "unconfirmed-push", "unlike-a-wallet",
        "unknown-adapter", "unknown-basis", "unknown-class", "unknown-column", "unknown-council",
        "unknown-district",
        "unknown-key", "unknown-purpose", "unknown-topic", "unknown-translation", "unknown-word",
        "unmatched-code", "unmatched-keyword", "unmatched-pattern",
        "unprintable", "unreachable", "unseen-say", "unwritable", "wrong-survey",
        "wrong-then", "wrong-type",
    }  # fmt: skip
    assert rules_in_code() >= HOLES


def test_every_rule_of_the_compiler_is_explained_and_no_other() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", MANUAL.partition("## Complaints")[2], re.MULTILINE)
    assert set(listed) == rules_in_code()
    assert listed == sorted(listed)


def test_the_rules_that_are_looked_for_are_found_in_the_code() -> None:
    assert len(rules_in_code()) >= 55
    assert {"too-long", "yaml-alias", "secret-shown", "missing-key"} <= rules_in_code()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", MANUAL))
def test_its_links_lead_somewhere(link: str) -> None:
    assert link.startswith("https://") or (ROOT / "docs" / link).exists()
