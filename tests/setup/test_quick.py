"""What `scripts/quick.h` keeps at each place of the machine code is what Python would find there, whatever changes."""

from __future__ import annotations

import sys
import types
from collections import defaultdict

import msgspec
import pytest

OFTEN = range(20)


class Slotted:
    __slots__ = ("another", "field")

    def method(self, given):
        return ("slotted", given)


class Longer:
    __slots__ = ("before", "between", "field")

    def __init__(self):
        self.before, self.between, self.field = "wrong", "wrong", "longer"

    def method(self, given):
        return ("longer", given)


class Packed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    first: str
    field: str


class Open:
    """Has a dictionary of its own."""

    def __init__(self):
        self.field = "open"

    def method(self, given):
        return ("open", given)


def test_each_object_gives_its_own_field_at_one_place(probe):
    slotted, longer, heir = Slotted(), Longer(), type("Heir", (Longer,), {"__slots__": ("more",)})()
    slotted.field, heir.field = "slotted", "heir"
    for _ in OFTEN:
        assert [probe.field(one) for one in (slotted, longer, Packed("wrong", "packed"), Open(), heir, slotted)] == [
            "slotted", "longer", "packed", "open", "heir", "slotted",
        ]  # fmt: skip


def test_a_field_that_is_not_set_is_missed_and_found_when_it_is(probe):
    one = Slotted()
    one.field = "set"
    assert [probe.field(one) for _ in OFTEN][-1] == "set"
    del one.field
    with pytest.raises(AttributeError, match="field"):
        probe.field(one)
    one.field = "again"
    assert probe.field(one) == "again"


def test_a_class_that_changes_is_asked_anew(probe):
    kind = type("Kind", (Slotted,), {"__slots__": ()})
    one = kind()
    one.field = "of the slot"
    assert [probe.field(one) for _ in OFTEN][-1] == "of the slot"
    kind.field = property(lambda self: "of the property")
    assert probe.field(one) == "of the property"
    del kind.field
    assert probe.field(one) == "of the slot"
    one_more = type("Kind", (Slotted,), {"__slots__": (), "__getattr__": lambda self, name: f"no {name}"})()
    assert probe.field(one_more) == "no field"


def test_what_a_base_gets_is_seen_in_its_heirs(probe):
    base = type("Base", (), {"__slots__": ("field",), "method": lambda self, given: "of the base"})
    one = type("Heir", (base,), {"__slots__": ()})()
    one.field = "set"
    assert [(probe.field(one), probe.asked(one)) for _ in OFTEN][-1] == ("set", "of the base")
    base.method = lambda self, given: "of the base, anew"
    base.field = "of the class"
    assert (probe.field(one), probe.asked(one)) == ("of the class", "of the base, anew")


def test_each_object_is_asked_by_its_own_method_at_one_place(probe):
    for _ in OFTEN:
        told = [probe.asked(one)[0] for one in (Slotted(), Longer(), Open(), Slotted())]
        assert told == ["slotted", "longer", "open", "slotted"]
    assert [probe.upper(b"mohala") for _ in OFTEN] == [b"MOHALA"] * len(OFTEN)


def test_a_method_of_one_object_alone_is_the_one_that_is_called(probe):
    one = Open()
    assert [probe.asked(one) for _ in OFTEN][-1] == ("open", 1)
    one.method = lambda given: "its own"
    assert probe.asked(one) == "its own"
    assert probe.asked(Open()) == ("open", 1)


def test_a_method_that_is_replaced_or_taken_away_is_so_at_once(probe):
    kind = type("Kind", (Slotted,), {"__slots__": (), "method": lambda self, given: "first"})
    assert [probe.asked(kind()) for _ in OFTEN][-1] == "first"
    for other in (staticmethod(lambda given: "static"), classmethod(lambda kind, given: "of the class")):
        kind.method = other
        assert probe.asked(kind()) == other.__func__(*[None] * (not isinstance(other, staticmethod)), 1)
    del kind.method
    assert probe.asked(kind()) == ("slotted", 1)


def test_a_method_may_replace_itself_while_it_runs(probe):
    def method(self, given):
        type(self).method = lambda self, given: "second"
        return "first"

    kind = type("Kind", (), {"__slots__": (), "method": method})
    del method
    assert [probe.asked(kind()) for _ in range(3)] == ["first", "second", "second"]


def test_names_of_a_module_are_those_of_now(probe, names, monkeypatch):
    assert [probe.of_module() for _ in OFTEN][-1] == "as it was"
    monkeypatch.setattr(names, "word", "changed")
    assert probe.of_module() == "changed"
    monkeypatch.delattr(names, "word")
    with pytest.raises(AttributeError, match="word"):
        probe.of_module()
    monkeypatch.setattr(names, "__getattr__", lambda name: f"no {name}", raising=False)
    assert probe.of_module() == "no word"
    assert [probe.of_this_module() for _ in OFTEN][-1] == "as it was"
    monkeypatch.setattr(probe, "imported", "changed")
    assert probe.of_this_module() == "changed"


def test_what_every_module_has_comes_before_its_names(probe, names, monkeypatch):
    monkeypatch.setitem(names.__dict__, "__class__", "a name like any")
    assert [probe.class_of_module() for _ in OFTEN] == [types.ModuleType] * len(OFTEN)


def test_a_name_that_is_computed_is_looked_for_each_time(probe, names):
    longer = Longer()
    for _ in OFTEN:
        assert [probe.named(longer, name) for name in ("field", "before")] == ["longer", "wrong"]
        assert [probe.named(names, name) for name in ("imported", "__name__")] == ["as it was", "names"]


class Odd:
    """A key that is found among names, says what it is told to, and counts how often it is asked."""

    def __init__(self, name, *says):
        self.name, self.says, self.asked = name, iter(says), 0

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        self.asked += 1
        said = next(self.says, False)
        if isinstance(said, Exception):
            raise said
        return said


@pytest.mark.parametrize("name", ["word", "key"])
def test_keys_that_compare_in_python_are_asked_each_time(probe, names, name):
    ask = {"word": probe.of_module, "key": lambda: probe.item(vars(names))}[name]
    kept = vars(names).copy()
    vars(names).clear()
    try:
        odd = Odd(name, True, True, ValueError("odd"), True)
        vars(names).update({"__spec__": None, odd: "found"})
        assert [ask(), ask()] == ["found", "found"]
        with pytest.raises(ValueError, match="odd") as raised:
            ask()
        assert raised.value.__context__ is None
        assert ask() == "found"
        assert odd.asked == 4
        with pytest.raises((AttributeError, KeyError), match=name):
            ask()
    finally:
        vars(names).clear()
        vars(names).update(kept)


def test_what_an_object_lets_go_of_is_not_found_once_more(probe):
    """Python 3.11 takes the version of an object's dictionary away after it has let go of what was there."""
    found = []

    class Last:
        def __del__(self):
            found.append(probe.item(vars(one)))

    def keep(value):
        one.key = value

    one = Open()
    for number in range(40):  # a dictionary that is no longer laid out as those of its class
        setattr(one, f"other{number}", number)
    for number in range(60):  # until the interpreter writes by its own cache
        vars(one)[f"other{number}"] = keep(number)
    keep(Last())
    probe.item(vars(one))
    keep("new")
    assert found == ["new"]


def test_each_dictionary_gives_its_own_item_at_one_place(probe):
    one, other = {"key": "one"}, {"key": "other"}
    assert [probe.item(one) for _ in range(4)][-1] == "one"
    assert probe.item(other) == "other"
    one["key"] = "changed"
    assert probe.item(one) == "changed"
    del one["key"]
    with pytest.raises(KeyError, match="key"):
        probe.item(one)
    assert probe.item(defaultdict(lambda: "made")) == "made"
    kept = {"key": "kept", "another": "wrong"}
    assert [probe.item_of(kept, "key") for _ in range(4)][-1] == "kept"
    assert [probe.item_of(kept, "another"), probe.item_of(kept, "".join(("k", "ey")))] == ["wrong", "kept"]
    for number in OFTEN:
        assert probe.item_of({f"{number}": number, "key": -number}, f"{number}") == number


def test_each_module_gives_its_own_item_at_one_place(probe):
    one, other = (vars(types.ModuleType(name)) for name in ("one", "other"))
    one["key"], other["key"] = "of one", "of the other"
    for _ in OFTEN:
        assert [probe.item(one), probe.item(other), probe.item_of(one, "__name__"), probe.item_of(one, "key")] == [
            "of one", "of the other", "one", "of one",
        ]  # fmt: skip
    one["key"] = "changed"
    assert [probe.item(one), probe.item(other)] == ["changed", "of the other"]
    del one["key"]
    with pytest.raises(KeyError, match="key"):
        probe.item(one)


def test_what_a_place_has_of_a_module_may_come_back_to_it_as_it_goes(probe):
    told = []

    class Last:
        def __del__(self):
            told.append(probe.item_of(names, "key"))

    names = vars(types.ModuleType("going"))
    names["key"] = Last()
    probe.item_of(names, "key")
    names["key"] = "new"
    assert probe.item_of(names, "key") == "new"
    assert told == ["new"]


def test_nothing_is_held_or_let_go_too_often(probe, names, monkeypatch):
    value, one, packed = object(), Slotted(), {"key": None}
    one.field = packed["key"] = value
    monkeypatch.setattr(names, "word", value)
    before = sys.getrefcount(value)
    for _ in range(1_000):
        assert probe.field(one) is probe.of_module() is probe.item(packed) is value
        probe.asked(one)
    assert sys.getrefcount(value) == before
