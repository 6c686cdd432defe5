"""What services.yaml may declare of a wallet that is pushed to and polled: for `mohala check` and for the adapter.

Two calls with bodies as the pack writes them, and the wallet's words for how a payment stands. EcoCash's open API is of
this kind, as its Zimbabwean SDKs have it; of Lesotho's nothing is public, so nothing of it is built in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import wallets
from app.faults import Fault, Place, no_mapping, of_keys

ADAPTER = "push_poll"
CALLS = ("push", "status")
PUSH_KEYS = ("path", "body")
STATUS_KEYS = ("path", "body", "field", "payment", "paid", "pending", "unseen")
NAMES = ("id", "msisdn", "msisdn_digits", "amount", "currency", "reference", "text")
"""What a body may name: `id` is a UUID made from the key, `msisdn_digits` the number without its plus sign."""
NUMBER = "number"
"""`{number: amount}` is sent as a JSON number, digit for digit."""
ID = "{id}"

PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")
_FIELD = re.compile(r"[^.\s]+(\.[^.\s]+){0,9}")
_WORD = re.compile("[!-~]{1,60}")
_STATUS = re.compile("4[0-9]{2}")
body_fields_max = 20
template_characters_max = 200
words_max = 20

_REFUSED: Place = ("refused",)


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    yield from wallets.pay_faults(declared, CALLS)
    for name, keys in (("push", PUSH_KEYS), ("status", STATUS_KEYS)):
        call = declared.get(name)
        if isinstance(call, Mapping):
            yield from of_keys(call, (name,), keys, keys)
            yield from _call(call, (name,))
        elif name in declared:
            yield no_mapping((name,))
    yield from _reasons(declared.get("refused", {}))
    yield from _twice(declared)


def only(declared: Mapping[str, object]) -> Iterator[Fault]:
    return wallets.only(declared, (wallets.PAY,))


def words_of(declared: Mapping[str, object]) -> Iterator[tuple[Place, str]]:
    """Every word by which the wallet says how a payment stands, with its place."""
    status = declared.get("status")
    for key in ("paid", "pending", "unseen"):
        listed = status.get(key) if isinstance(status, Mapping) else None
        yield from _listed(listed, ("status", key))
    reasons = declared.get("refused")
    for reason, words in reasons.items() if isinstance(reasons, Mapping) else ():
        yield from _listed(words, (*_REFUSED, reason))


def _listed(words: object, place: Place) -> Iterator[tuple[Place, str]]:
    for position, word in enumerate(words if isinstance(words, list) else ()):
        yield (*place, position), str(word)


def _call(call: Mapping[str, object], place: Place) -> Iterator[Fault]:
    path = str(call.get("path", "/x"))
    if not _PATH.fullmatch(path) or len(path) > template_characters_max or {".", ".."} & set(path.split("/")):
        yield Fault((*place, "path"), "wrong-shape", "`path` must be /plain/segments, 200 letters at the most")
    if "body" in call:
        yield from _body(call["body"], (*place, "body"))
    for key in ("field", "payment"):
        if not _FIELD.fullmatch(str(call.get(key, "x"))):
            yield Fault((*place, key), "wrong-shape", f"`{key}` must be names with dots between")
    for key in ("paid", "pending", "unseen"):
        if key in call:
            yield from _words(call[key], (*place, key), statuses=key == "unseen")


def _body(body: object, place: Place) -> Iterator[Fault]:
    if not isinstance(body, Mapping):
        yield no_mapping(place)
        return
    if len(body) > body_fields_max:
        yield Fault(place, "wrong-shape", f"`body` has {len(body)} fields; {body_fields_max} are allowed")
    for name, value in body.items():
        if isinstance(value, Mapping):
            if dict(value) != {NUMBER: "amount"}:
                yield Fault((*place, name), "wrong-shape", f"`{name}` must be a text, or `{{{NUMBER}: amount}}`")
        else:
            yield from _template(str(value), (*place, name))
    if ID not in (str(value) for value in body.values()):
        told = f'`body` must send "{ID}" in a field of its own: by it a payment is found again, and not asked for twice'
        yield Fault(place, "missing-argument", told)


def _template(text: str, place: Place) -> Iterator[Fault]:
    if len(text) > template_characters_max:
        yield Fault(place, "wrong-shape", f"`{place[-1]}` has more than {template_characters_max} letters")
    if set("{}") & set(PLACEHOLDER.sub("", text)):
        yield Fault(place, "bad-placeholder", "a brace that belongs to no `{name}`; mend or remove it")
    for name in PLACEHOLDER.findall(text):
        if name not in NAMES:
            yield Fault(place, "unknown-argument", f"`{name}` is not known of a payment; known are {', '.join(NAMES)}")


def _reasons(reasons: object) -> Iterator[Fault]:
    if not isinstance(reasons, Mapping):
        yield no_mapping(_REFUSED)
        return
    for reason, words in reasons.items():
        if reason in wallets.REASONS:
            yield from _words(words, (*_REFUSED, reason), statuses=False)
        else:
            yield wallets.unknown_reason(reason)


def _words(words: object, place: Place, *, statuses: bool) -> Iterator[Fault]:
    if not isinstance(words, list) or not 0 < len(words) <= words_max:
        yield Fault(place, "wrong-shape", f"`{place[-1]}` must list 1 to {words_max} of the wallet's words")
        return
    for position, word in enumerate(words):
        is_number = str(word).isdigit()
        if not _WORD.fullmatch(str(word)) or (is_number and not (statuses and _STATUS.fullmatch(str(word)))):
            told = "a status of the wallet's, one word of ASCII" + ("; or an HTTP status, 400 to 499" * statuses)
            yield Fault((*place, position), "wrong-shape", f"`{word}` must be {told}")


def _twice(declared: Mapping[str, object]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, word in words_of(declared):
        if word.upper() in seen:
            yield Fault(place, "duplicate-key", f"`{word}` means something else above; remove one")
        seen.add(word.upper())
