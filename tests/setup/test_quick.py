"""What `scripts/quick.h` keeps at each place of the machine code is what Python would find there, whatever changes."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import types
from collections import defaultdict

import msgspec
import pytest

from tests.setup.conftest import ROOT

PROBE = """
from __future__ import annotations

from typing import Any

import names
from names import imported


def field(one: Any) -> Any:
    return one.field


def asked(one: Any) -> Any:
    return one.method(1)


def upper(one: bytes) -> bytes:
    return one.upper()


def of_module() -> Any:
    return names.word


def of_this_module() -> Any:
    return imported


def class_of_module() -> Any:
    return names.__class__


def item(one: dict[str, Any]) -> Any:
    return one["key"]


def item_of(one: dict[str, Any], key: str) -> Any:
    return one[key]
"""
OFTEN = range(20)


@pytest.fixture(scope="module")
def names():
    return types.ModuleType("names")


@pytest.fixture(scope="module")
def probe(tmp_path_factory, names):
    """A module of machine code, made as those of the gateway are."""
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("no C compiler here")
    tree = tmp_path_factory.mktemp("probe")
    (tree / "names.py").write_text("from typing import Any\n\nword: Any = 1\nimported: Any = 2\n", "utf-8")
    (tree / "probe.py").write_text(PROBE, "utf-8")
    spec = importlib.util.spec_from_file_location("scripts_compile", ROOT / "scripts" / "compile.py")
    scripts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scripts)
    assert scripts.build(tree, ROOT / "pyproject.toml", modules=("probe.py",)) == ""
    names.word, names.imported = "as it was", "as it was"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "names", names)
        patch.syspath_prepend(tree)
        made = importlib.import_module("probe")
        assert made.__file__.endswith(".so")
        yield made
    sys.modules.pop("probe", None)


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


def test_nothing_is_held_or_let_go_too_often(probe, names, monkeypatch):
    value, one, packed = object(), Slotted(), {"key": None}
    one.field = packed["key"] = value
    monkeypatch.setattr(names, "word", value)
    before = sys.getrefcount(value)
    for _ in range(1_000):
        assert probe.field(one) is probe.of_module() is probe.item(packed) is value
        probe.asked(one)
    assert sys.getrefcount(value) == before
