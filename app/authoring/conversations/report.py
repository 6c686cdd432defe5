"""A run as people and machines read it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import msgspec

from app.authoring.conversations.coverage import Coverage
from app.authoring.conversations.judging import Failure
from app.authoring.conversations.model import Conversation
from app.authoring.conversations.run import Run


def as_text(run: Run, require_coverage: bool = False) -> Iterator[str]:
    """Lines: each failure with its difference, what was not reached, the sums."""
    for conversation, failure in zip(run.conversations, run.failures, strict=True):
        if failure is not None:
            yield f"{failure.place}: FAILED {conversation.name}"
            yield from (f"    {line}" for line in _told(failure))
    yield from _reach(run.coverage, "NOT REACHED" if require_coverage else "not reached")
    passed = len(run.conversations) - run.failed
    yield f"{passed} of {len(run.conversations)} conversations passed."


def as_json(run: Run) -> str:
    """One object: `passed`, `conversations` with their failures, `coverage`."""
    coverage = run.coverage
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "passed": run.failed == 0,
                "conversations": [_entry(*pair) for pair in zip(run.conversations, run.failures, strict=True)],
                "coverage": {
                    "screens": coverage.screens,
                    "unreached_screens": coverage.unreached_screens,
                    "outcomes": coverage.outcomes,
                    "unreached_outcomes": coverage.unreached_outcomes,
                    "agent_words": coverage.agent_words,
                    "unreached_agent_words": coverage.unreached_agent_words,
                    "agent_phrases": coverage.agent_phrases,
                    "unreached_agent_phrases": coverage.unreached_agent_phrases,
                },
            }
        )
    ).decode()


def _entry(conversation: Conversation, failure: Failure | None) -> dict[str, object]:
    place = conversation.place
    return {"name": conversation.name, "file": place.file, "line": place.line, "failure": failure}


def _told(failure: Failure) -> Iterator[str]:
    yield failure.text
    yield from (f"{{{name}}} was captured as {value}" for name, value in failure.captures.items())
    if failure.expected and failure.seen:
        yield "- expected, + shown:"
        lines = difflib.ndiff(failure.expected.split("\n"), failure.seen.split("\n"))
        yield from (f"  {line}" for line in lines if not line.startswith("?"))
    else:
        yield from (f"  {line}" for line in (failure.expected or failure.seen).splitlines())


def _reach(coverage: Coverage, mark: str) -> Iterator[str]:
    screens = coverage.screens - len(coverage.unreached_screens)
    outcomes = coverage.outcomes - len(coverage.unreached_outcomes)
    yield f"Reached {screens} of {coverage.screens} screens, {outcomes} of {coverage.outcomes} outcomes of calls."
    if coverage.agent_words:
        words = coverage.agent_words - len(coverage.unreached_agent_words)
        phrases = coverage.agent_phrases - len(coverage.unreached_agent_phrases)
        answers = f"{phrases} of {coverage.agent_phrases} answers to them"
        yield f"Reached {words} of {coverage.agent_words} words of agents, {answers}."
    yield from (f"    {mark}: {name}" for name in coverage.unreached_screens)
    yield from (f"    {mark}: {outcome.screen} {outcome.word}" for outcome in coverage.unreached_outcomes)
    yield from (f"    {mark}: {word}, texted by an agent" for word in coverage.unreached_agent_words)
    yield from (f"    {mark}: {phrase}" for phrase in coverage.unreached_agent_phrases)
