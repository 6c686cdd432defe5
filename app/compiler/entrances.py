"""The ways into a pack: dialled codes, SMS keywords, a bare reference; and what keeps one from being taken."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.agent_phrases import AGENT_CHOICES, AGENT_MENU_TEXTS, AGENT_PHRASES
from app.agent_words import first_word_of_agents, read_said
from app.compiler.fields import names
from app.compiler.graph import Graph
from app.compiler.known import meant
from app.compiler.pack_fields import AGENT_WORDS, ENTRANCES
from app.compiler.reader import Reader
from app.compiler.shapes import ProgramShape
from app.compiler.source import Complain, Node
from app.engine.keywords import first_word
from app.engine.program import Ask, Confirm, Keyword, Program
from app.values.rules import ValueType


@dataclass(frozen=True, slots=True)
class Entrances:
    """Dialled code -> screen, the SMS keywords, the screens for a text that is a reference, or a bill's code, and
    nothing else, the words before a code that was sent, those by which anybody takes back, asks for help or chooses a
    language, those of agents, and the codes that agents alone reach.
    """

    codes: Mapping[str, str]
    keywords: tuple[Keyword, ...]
    bare_reference: str | None
    bare_bill: str | None
    code_words: tuple[str, ...] = ()
    withdraws: frozenset[str] = frozenset()
    helps: frozenset[str] = frozenset()
    speaks: frozenset[str] = frozenset()
    agents: Mapping[str, frozenset[str]] = field(default_factory=dict)
    agent_codes: Mapping[str, str] = field(default_factory=dict)


def read_entrances(
    root: Node,
    reader: Reader,
    starts: Mapping[str, str],
    shapes: Mapping[str, ProgramShape],
    written: Collection[str],
) -> Entrances:
    """`starts` maps every program to its first screen; `written` are the full names of all screens."""

    def start(node: Node) -> str:
        program, _, screen = node.text.partition("/")
        if program not in starts:
            reader.wrong(node, "unknown-program", f"`{program}` is no program of this pack; {meant(program, starts)}")
            return ""
        if shapes[program].takes or shapes[program].returns:
            told = f"`{program}` is a sub-menu, which takes values or returns; name another"
            reader.wrong(node, "not-an-entrance", told)
        if screen and node.text not in written:
            ours = [one for one in written if one.startswith(f"{program}/")]
            reader.wrong(node, "unknown-screen", f"`{node.text}` does not exist; {meant(node.text, ours)}")
        return node.text if screen else starts[program]

    reader.only(root, names(ENTRANCES))
    codes = {key.text: start(node) for key, node in reader.pairs(reader.need(root, "ussd"), "`ussd`")}
    words: dict[str, tuple[str, ...]] = {}
    for key, node in reader.pairs(root.get("sms"), "`sms`"):
        screen = start(node)
        words[screen] = (*words.get(screen, ()), key.text.upper())
    bare, bill = root.get("bare_reference"), root.get("bare_bill")
    withdraws, helps, speaks = _of_everybody(root, words, reader)
    return Entrances(
        codes,
        tuple(Keyword(spelled, screen) for screen, spelled in words.items()),
        start(bare) if bare else None,
        start(bill) if bill else None,
        tuple(word.upper() for word in reader.names(root.get("code_words"))),
        withdraws,
        helps,
        speaks,
        _agents(root, reader),
        {key.text: start(node) for key, node in reader.pairs(root.get("agents_ussd"), "`agents_ussd`")},
    )


def _agents(root: Node, reader: Reader) -> dict[str, frozenset[str]]:
    """What agents text may begin with a word that starts a program too: it means this to them, that to everybody else.
    A word that takes back what was agreed to is everybody's; one that asks for help or a language may be theirs too.
    """
    node = root.get("agents")
    if node is None:
        return {}
    reader.fields(node, AGENT_WORDS)
    return {wish: frozenset(word.upper() for word in reader.names(node.get(wish))) for wish in names(AGENT_WORDS)}


def _of_everybody(root: Node, words: Mapping[str, tuple[str, ...]], reader: Reader) -> list[frozenset[str]]:
    """The words that take back what was agreed to, ask for help and choose a language; each means but one thing, and
    none starts a program as well.
    """
    meant_by = {word: "starts a program" for spelled in words.values() for word in spelled}
    return [_own(root.get(key), told, meant_by, reader) for key, told in _EVERYBODYS.items()]


_EVERYBODYS = {
    "withdraw": "takes back what was agreed to",
    "help": "asks for help",
    "language": "chooses a language",
}


def _own(node: Node | None, told: str, meant_by: dict[str, str], reader: Reader) -> frozenset[str]:
    spelled = [word.upper() for word in reader.names(node)]
    for entry, word in zip(node.entries if node else [], spelled, strict=False):
        if word in meant_by:
            reader.wrong(entry, "keyword-twice", f"`{entry.text}` {meant_by[word]} already; choose another word")
        elif first_word(word) != (word, ""):
            reader.wrong(entry, "unmatched-keyword", f"`{entry.text}` is no single word, so no text begins with it")
    meant_by |= dict.fromkeys(spelled, told)
    return frozenset(spelled)


def check_entrances(program: Program, root: Node, complain: Complain) -> None:
    """Complain of codes and keywords that nobody can reach, and of pages that no SMS may answer."""
    check_spelling(root, complain)
    graph = Graph(program)
    for key in _keys(root.get("sms")):
        starts = [keyword.screen for keyword in program.keywords if key.text.upper() in keyword.words]
        _check_answerable(program, graph, starts[0], key, complain)
    for bare, screen in (
        (root.get("bare_reference"), program.bare_reference), (root.get("bare_bill"), program.bare_bill)
    ):  # fmt: skip
        if bare is not None and screen is not None:
            _check_answerable(program, graph, screen, bare, complain)


def check_spelling(root: Node, complain: Complain) -> None:
    """Complain of codes and keywords that nobody can reach, whatever they lead to."""
    for code in (*_keys(root.get("ussd")), *_keys(root.get("agents_ussd"))):
        if not re.fullmatch(r"[0-9*#]+", code.text):
            told = f"`{code.text}` can never be dialled; write digits, * and # such as *384*100#, or * for any code"
            complain(code.complaint("unmatched-code", told))
    seen: dict[str, str] = {}
    code_words = root.get("code_words")
    for key in (*_keys(root.get("sms")), *(code_words.entries if code_words else ())):
        spelled = key.text.upper()
        if first_word(key.text) != (key.text, ""):
            told = f"`{key.text}` can never be the first word of a text; write one word without blanks or marks"
            complain(key.complaint("unmatched-keyword", told))
        elif spelled in seen:
            told = f"`{key.text}` is the same word as `{seen[spelled]}`, for capitals count for nothing; remove one"
            complain(key.complaint("keyword-twice", told))
        seen.setdefault(spelled, key.text)
    _check_agents(root, complain)


def _check_agents(root: Node, complain: Complain) -> None:
    agents, withdraw = root.get("agents"), root.get("withdraw")
    seen = {entry.text.upper(): entry.text for entry in (withdraw.entries if withdraw else ())}
    for entry in (one for _, words in (agents.pairs if agents else ()) for one in words.entries):
        spelled = entry.text.upper()
        if first_word(entry.text) != (entry.text, ""):
            told = f"`{entry.text}` can never be the first word of a text; write one word without blanks or marks"
            complain(entry.complaint("unmatched-keyword", told))
        elif spelled in seen:
            told = f"`{entry.text}` is the same word as `{seen[spelled]}`, for capitals count for nothing; remove one"
            complain(entry.complaint("keyword-twice", told))
        seen.setdefault(spelled, entry.text)


def check_echoes(program: Program, roots: Mapping[str, Node], complain: Complain) -> None:
    """Complain of what the house says to agents in words that mean something from them: a phone that sends every text
    back would be answered for ever.
    """
    for phrase in (*AGENT_PHRASES, *AGENT_CHOICES, *AGENT_MENU_TEXTS):
        for language, text in program.phrases.get(phrase, {}).items():
            begins = "".join(part if isinstance(part, str) else "1" for part in text)
            word = first_word_of_agents(begins, program.agent_words)
            if word and read_said(begins, program.agent_words, program.currency) is not None:
                file = "pack.yaml" if language == program.base else f"languages/{language}.yaml"
                phrases = roots[file].get("phrases") if file in roots else None
                node = (phrases.get(phrase) if phrases else None) or roots["pack.yaml"]
                told = f"`{phrase}` begins with `{word}`, which agents text; begin it with another word"
                complain(node.complaint("echo", told))


def _keys(node: Node | None) -> Iterator[Node]:
    return (key for key, _ in (node.pairs if node else ()))


def _check_answerable(program: Program, graph: Graph, start: str, node: Node, complain: Complain) -> None:
    """A text is walked on unseen, so it stops at a page that has to be looked at first."""
    for name in graph.shown_first(start):
        screen = program.screens[name]
        asks_secret = isinstance(screen, Ask) and screen.rule.type is ValueType.SECRET
        if isinstance(screen, Confirm) or asks_secret:
            told = f"`{name}` is shown first, and no SMS may confirm or type a secret; start another program"
            complain(node.complaint("unanswerable-by-sms", told))
