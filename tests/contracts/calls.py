"""What each adapter is asked for docs/faults.md: a sample in which all goes well, and where that breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.contracts.faults import ANYWHERE
from tests.contracts.opened import answer_of
from tests.contracts.samples import OFFICE_SAMPLES, Sample, sample
from tests.integrations.desk import Act, Answer, Cut, Last, Slow, Trickle, say

PATIENCE_SECONDS = 3.0
SHORT_SECONDS = 0.5  # of patience with what never comes
NOBODY, SLOW, DRIPS = "nobody listens", "it answers later than we wait", "its answer drips and never ends"
SHAPE, KEY, TOKEN = "JSON of another shape", "our key is refused", "no token or session is to be had"
BUSY, NO, PENDING = "408, 429: busy", "it says no, with a reason", "it took it and never finishes"
DONE, AGAIN = "it does the work and answers 500", "it is asked again with the same key after that"
TWICE = "the request is delivered twice on the way"
AT_TWINS = (DONE, AGAIN, TWICE)
"""Told of a change, where there is one: what counts is how often the work was done."""
Words = Mapping[str, Sequence[str]]
TOKENS = {"kind": "oauth2", "token_url": "https://SERVER/token", "client": "mohala"}


@dataclass(frozen=True, slots=True)
class Trial:
    """A sample's office, what the desk does in turn, and the patience of whoever asks."""

    sample: Sample
    acts: Sequence[Act]
    within_seconds: float = PATIENCE_SECONDS
    auth: Mapping[str, str] | None = None
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """The exchanges `at` of the sample `right` are those that a fault befalls. `words`: samples in which the office
    tells of a fault in words of its own. `changes`: who loses the answer does not know what was done.
    """

    adapter: str
    right: str
    at: Sequence[int] = (0,)
    changes: bool = False
    words: Words = field(default_factory=dict)

    def trials(self, fault: str) -> Iterator[Trial]:
        """Every way in which this call meets a fault; none if it cannot."""
        for name in self.words.get(fault, ()):
            told = sample(OFFICE_SAMPLES, self.adapter, name)
            yield Trial(told, _answers(told))
        right = sample(OFFICE_SAMPLES, self.adapter, self.right)
        if fault == TOKEN and self.adapter not in ("mobile_money", "m_pesa"):
            yield from (Trial(right, [act], auth=TOKENS) for act in NO_TOKEN)
        elif fault == TOKEN and self.adapter == "m_pesa":
            yield from (Trial(right, [act]) for act in NO_TOKEN)
        else:
            for place in self.at:
                yield from _broken(right, place, fault)


def _answers(sample: Sample) -> list[Answer | Cut]:
    return [answer_of(exchange["answer"]) for exchange in sample.fields["exchanges"]]


def _broken(right: Sample, place: int, fault: str) -> Iterator[Trial]:
    """The sample up to an exchange, and the fault in the place of that."""
    before, answer = _answers(right)[:place], _answers(right)[place]
    assert isinstance(answer, Answer), "a right answer is a whole one"
    if fault == NOBODY and not before:
        yield Trial(right, (), is_there=False)
    elif fault == NOBODY:
        last = before[-1]
        assert isinstance(last, Answer), "a right answer is a whole one"
        yield Trial(right, [*before[:-1], Last(last)])
    is_endless = fault in (SLOW, DRIPS, "it says nothing")
    within = SHORT_SECONDS * (place + 1) if is_endless else PATIENCE_SECONDS  # what goes well before takes time, too
    yield from (Trial(right, [*before, act], within) for act in _acts(fault, answer))


def _acts(fault: str, right: Answer) -> Sequence[Act]:
    match fault:
        case "it answers later than we wait":
            return [Slow(right, 4 * SHORT_SECONDS)]
        case "its answer drips and never ends":
            return [Trickle(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, SHORT_SECONDS / 20)]
        case "JSON of another shape":
            return [say(right.status, value) for value in ([1, None], {}, "yes")]
        case "our key is refused":
            return [Answer(401), Answer(403, b"<html>", "text/html")]
        case _:
            return ANYWHERE.get(fault, ())


NO_TOKEN = (say(401, {"error": "invalid_client"}), Answer(503), Cut(), Answer(200, b"<html>", "text/html"))
CALLS: Sequence[Call] = (
    Call("http_json", "points-listed", words={
        NO: ["person-unknown", "points-district-unknown"], PENDING: ["person-being-looked-for"],
    }),
    Call("http_json", "birth-registered", changes=True, words={
        NO: ["birth-mother-unknown", "licence-refused-with-200"], PENDING: ["licence-queued"],
    }),
    Call("x_road", "person-known", words={NO: ["person-unknown"], PENDING: ["person-being-looked-for"]}),
    Call("x_road", "birth-registered", changes=True, words={NO: ["birth-mother-unknown"], PENDING: ["birth-taken"]}),
    Call("opencrvs", "birth-found", words={NO: ["birth-unknown", "birth-several"], PENDING: ["birth-under-way"]}),
    Call("g2p_connect", "paid-succeeded", words={
        NO: ["paid-unknown", "paid-payee-unknown", "paid-several"], PENDING: ["paid-received-only"],
    }),
    Call("mosip", "code-sent", changes=True, words={NO: ["id-not-there", "no-phone"], KEY: ["our-licence-key"]}),
    Call("mosip", "code-right", changes=True, words={NO: ["code-wrong", "code-expired"], KEY: ["our-seal"]}),
    Call("mobile_money", "completed", (0, 1), words={
        NO: ["failed-declined", "failed-limit"], PENDING: ["asked-again"], BUSY: ["looked-too-often"],
        KEY: ["key-refused-when-looking"],
    }),
    Call("mobile_money", "asked", (1,), changes=True, words={
        NO: ["refused-at-once", "refused-payer-unknown"], PENDING: ["asked"], BUSY: ["too-many"],
        KEY: ["our-key-wrong"],
    }),
    Call("m_pesa", "looked-up-completed", (1,), words={
        NO: ["looked-up-cancelled", "looked-up-expired"], PENDING: ["looked-up-pending"], TOKEN: ["session-key-wrong"],
    }),
    Call("m_pesa", "paid-at-once", (2,), changes=True, words={
        NO: ["pushed-ins-5", "pushed-ins-2006"], PENDING: ["accepted"],
        "500, 502, 503": ["pushed-ins-1", "pushed-ins-9", "pushed-ins-16"],
    }),
    Call("push_poll", "paid", words={
        NO: ["cancelled", "too-little"], PENDING: ["undecided"], BUSY: ["too-many"], KEY: ["key-wrong"],
    }),
    Call("push_poll", "asked", (1,), changes=True, words={NO: ["refused-at-the-push"], PENDING: ["asked"]}),
)  # fmt: skip
