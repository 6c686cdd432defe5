"""Whatever an office answers, a recording has of it only words that its adapter knows and the form of the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.likeness import ANY, common, common_path, is_body_as, is_path_as
from integrations.http import Asked, HttpAnswer
from integrations.services.placeholders import DAY, Placeholders, Unlike, arguments_like
from integrations.services.vocabularies import VOCABULARIES, Vocabulary
from tests.integrations.purses import ECOCASH
from tests.integrations.registers import PAYMENTS, REGISTERS

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADDRESS = "https://office.example/api"
OPERATIONS = {"opencrvs": REGISTERS["birth"], "g2p_connect": PAYMENTS["all-paid"], "push_poll": ECOCASH}
WORDS = {name: one.of_operation(OPERATIONS.get(name, {})) for name, one in VOCABULARIES.items()}
ALL_KEYS = sorted({key for one in WORDS.values() for key in one.keys})
ALL_WORDS = sorted({word for one in WORDS.values() for word in one.words})
FORM = re.compile(r"[x9\-\s]*")
"""What becomes of letters, digits and marks; what no line may have stays, for an adapter refuses it."""
MOMENT = re.compile(r"2001-01-0[12]([T ]12:00(:00)?(\.0+)?(Z|\+00:?00)?)?")

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["Lineo", "+26658123456", "012345678901", "2026-11-23T10:00:00+02:00", "1991-02-03"]),
    st.builds(lambda name: f"{ADDRESS}/transactions/{name}", st.text(max_size=10)),
    st.from_regex(r"\A(IDA-MLC-[0-9]{1,12}|INS-[0-9]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.+Z]{1,20})\Z"),
    st.sampled_from(ALL_WORDS),
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), texts)
keys = st.one_of(st.sampled_from(ALL_KEYS), st.text(max_size=12))
answers = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5))
)


def keys_of(value: object) -> Iterator[str]:
    match value:
        case dict():
            yield from value
            for one in value.values():
                yield from keys_of(one)
        case list():
            for one in value:
                yield from keys_of(one)


def leaves_of(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            for name, one in value.items():
                yield from leaves_of(one, name)
        case list():
            for one in value:
                yield from leaves_of(one, key)
        case _:
            yield key, value


def is_harmless(key: str, leaf: object, vocabulary: Vocabulary) -> bool:
    match leaf:
        case None | True:
            return True
        case bool():
            return key in vocabulary.flags
        case int():
            return set(str(leaf)) == {"9"} or (key in vocabulary.counts and 0 <= leaf <= 99)
        case str():
            plain = "".join(letter for letter in leaf if letter.isprintable() or letter.isspace())
            linked = re.fullmatch("/(transactions|requeststates)/(.*)", plain, re.DOTALL) if vocabulary.linked else None
            return bool(
                vocabulary.is_word(leaf)
                or MOMENT.fullmatch(leaf)
                or FORM.fullmatch(linked[2] if linked else plain)
            )  # fmt: skip
    return False


@example({"header": {"total_count": 26650123456, "status": "Lineo", "message_id": "7"}})
@given(answers)
@pytest.mark.parametrize("adapter", VOCABULARIES)
def test_no_value_survives_that_is_no_word_of_the_adapter(adapter: str, value: object) -> None:
    vocabulary = WORDS[adapter]
    answer = HttpAnswer(200, "application/json", json.dumps(value).encode(), {"x-name": "Lineo"})
    kept = Placeholders(vocabulary, ADDRESS, NOW).answer(answer)
    assert kept.headers == {}
    if kept.content_type != "application/json":
        assert kept.body in (b"", b"recorded")
        return
    told = json.loads(kept.body)
    assert set(keys_of(told)) <= vocabulary.keys
    assert [leaf for key, leaf in leaves_of(told) if not is_harmless(key, leaf, vocabulary)] == []


@given(st.dictionaries(st.from_regex(r"\A[a-z]{1,8}\Z"), texts, max_size=6))
def test_an_argument_leaves_nothing_behind_but_what_kind_it_was(arguments: dict[str, str]) -> None:
    placeholders = arguments_like(arguments)
    assert placeholders.keys() == arguments.keys()
    kinds = re.compile(rf"|\+9990000000[1-6]|100[1-6]|XXX|{DAY}|a[1-6]")
    assert all(kinds.fullmatch(text) for text in placeholders.values())


def asked(path: str, body: object = None, method: str = "POST") -> Asked:
    return Asked(method, path, {}, None if body is None else json.dumps(body).encode())


def learnt(real: Asked, recorded: Asked) -> Placeholders:
    placeholders = Placeholders(WORDS["opencrvs"], ADDRESS, NOW)
    placeholders.learn_request(real, recorded)
    return placeholders


def test_what_was_sent_comes_back_as_its_placeholder() -> None:
    placeholders = learnt(
        asked("/x/Ha%20Thetsane?id=7", {"deep": [{"ref": "R-4711"}], "amount": 5050}),
        asked("/x/a1?id=a2", {"deep": [{"ref": "a3"}], "amount": 1001}),
    )
    value = {"given_name": "Ha Thetsane", "reference_id": "r-4711", "value": 5050, "type": "7", "family_name": "R-4712"}
    assert placeholders.value(value) == {
        "given_name": "a1", "reference_id": "a3", "value": 1001, "type": "a2", "family_name": "x-9999",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        asked("/x/1", {"a": "1"}, "PUT"),
        asked("/x/1/2", {"a": "1"}),
        asked("/x/1", {"b": "1"}),
        asked("/x/1", {"a": "1", "b": "1"}),
    ],
)
def test_a_request_of_another_shape_is_no_basis_for_a_recording(other: Asked) -> None:
    with pytest.raises(Unlike):
        learnt(asked("/x/1", {"a": "1"}), other)


def test_a_request_with_another_list_is_no_basis_for_a_recording() -> None:
    with pytest.raises(Unlike):
        learnt(asked("/x", {"a": ["1", "2"]}), asked("/x", {"a": ["1"]}))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1991-02-03", "2001-01-01"),
        ("1991-02-03T04:05:06Z", "2001-01-01T12:00:00Z"),
        ("2026-11-23T11:29:59.123+02:00", "2001-01-01T12:00:00.000+00:00"),
        ("2026-11-23T11:30:01+02:00", "2001-01-02T12:00:00+00:00"),
        ("2026-11-23 09:31", "2001-01-02 12:00"),
        ("1991-99-99T99:99", "2001-01-01T12:00"),
        ("03/02/1991", "99-99-9999"),
    ],
)
def test_of_a_moment_only_whether_it_is_past_and_how_it_is_written_stays(said: str, kept: str) -> None:
    assert Placeholders(WORDS["opencrvs"], ADDRESS, NOW).value(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"{ADDRESS}/transactions/MP-1a", "/transactions/xx-9x"),
        ("/requeststates/1", "/requeststates/9"),
        ("https://other.example/transactions/1", "xxxxx---xxxxx-xxxxxxx-xxxxxxxxxxxx-9"),
    ],
)
def test_a_link_leads_to_the_same_kind_of_thing(said: str, kept: str) -> None:
    assert Placeholders(WORDS["mobile_money"], ADDRESS, NOW).value(said) == kept


def test_what_two_requests_do_not_share_is_any() -> None:
    one, another = {"id": "1", "in": [{"a": "x"}, 2]}, {"id": "1", "in": [{"a": "y"}, 2]}
    both = common(one, another)
    assert both == {"id": "1", "in": [{"a": ANY}, 2]}
    assert is_body_as(both, one) and is_body_as(both, another)
    assert not is_body_as(both, {"id": "2", "in": [{"a": "x"}, 2]})
    assert not is_body_as(both, {"id": "1", "in": [{"a": "x"}]})
    assert not is_body_as(both, {"id": "1", "in": [{"b": "x"}, 2]})
    path = common_path("/q?id=1&nonce=8f&to=COMPANY", "/q?id=1&nonce=77&to=COMPANY")
    assert path == "/q?id=1&nonce=ANY&to=COMPANY"
    assert is_path_as(path, "/q?id=1&nonce=66&to=COMPANY")
    assert not is_path_as(path, "/q?id=1&nonce=66&to=COMPXY")
