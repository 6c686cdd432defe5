"""Reads what services of kind `lookup` say, and the data files that they read; measures what these give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from app import limits
from app.catalogue import Catalogue, Result, ServiceKind
from app.compiler.catalogue_fields import COLUMN_TYPES
from app.compiler.data_file import DataFile, read_file
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.shapes import Country
from app.compiler.source import Node
from app.engine.program import Program
from app.engine.rendering import natural_length
from app.errors import Complaint
from app.house_services import COUNT, Lookup
from app.lookups import AS_OF, SOURCE, STALE, YES, DataRow, Key, Table, key_of, sources_of
from app.values.rules import ValueType
from app.values.text import Spelling, fit, septets, spell, to_gsm, utf16_units

KEYS = ("from", "by", "gives", "list", "types", "stale_days")
DATA_SUFFIX = ".csv"
ALWAYS_GIVEN = (AS_OF, SOURCE, STALE, COUNT)
"""Names of what the house says of what it found."""


def lookup_in(node: Node, kind: ServiceKind, reader: Reader, name: str) -> Lookup | None:
    """What a service of kind `lookup` reads; `node` is the service's."""
    if kind is not ServiceKind.LOOKUP:
        for key in KEYS:
            if (written := node.get(key)) is not None:
                told = f"`{key}` is for services of kind lookup; remove it, or write `kind: lookup`"
                reader.wrong(written, "unknown-key", told, name)
        return None
    if (takes := node.get("takes")) is not None:
        reader.wrong(takes, "unknown-key", "what it takes are the columns of `by`; remove `takes`", name)
    file, gives = reader.need(node, "from", name), reader.need(node, "gives", name)
    listed = reader.scalar(node.get("list"))
    by = reader.names(node.get("by"))
    if not by and not listed:
        told = "a row is found by something; write `by: [column]`, or `list: name` for all rows"
        reader.wrong(node.get("by") or node, "missing-key", told, name)
    given = reader.names(gives) if gives.kind == "list" else ()
    if not given and node.get("gives") is not None:
        reader.wrong(gives, "wrong-shape", "gives nothing; write the columns, such as `[name, telephone]`", name)
    if listed in (*ALWAYS_GIVEN, *by):
        told = f"`{listed}` is something else here; give the list another name"
        reader.wrong(node.get("list") or node, "name-twice", told, name)
    types = {column.text: _type(value, reader, name) for column, value in reader.pairs(node.get("types"), "`types`")}
    return Lookup(reader.scalar(file), by, given, listed, types, _stale_days(node.get("stale_days"), reader, name))


def _type(node: Node, reader: Reader, name: str) -> ValueType:
    if node.text in COLUMN_TYPES:
        return ValueType(node.text)
    told = f"`{node.text}` is no type of a column; known are {enumerated(COLUMN_TYPES)}"
    reader.wrong(node, "unknown-type", told, name)
    return ValueType.TEXT


def _stale_days(node: Node | None, reader: Reader, name: str) -> int:
    if node is None:
        return 0
    days = reader.whole(node, 1)
    if not 1 <= days <= limits.lookup_stale_days_max:
        reader.wrong(node, "wrong-shape", f"`stale_days` is 1 to {limits.lookup_stale_days_max}", name)
    return days


@dataclass(slots=True)
class LookupsReader:
    """`services` is the mapping of services.yaml; `unread` are files that are no text, of which was complained before.

    `files` are the data files that were read, by their names.
    """

    reader: Reader
    sources: Mapping[str, str]
    unread: frozenset[str]
    country: Country
    services: Node | None
    files: dict[str, DataFile] = field(default_factory=dict)

    def read(self, catalogue: Catalogue) -> tuple[Catalogue, Mapping[str, Table]]:
        """The catalogue with what its lookups give, each value as long as the longest there is, and their tables."""
        wanting = {name: one.lookup for name, one in catalogue.services.items() if one.lookup}
        for file in dict.fromkeys(lookup.file for lookup in wanting.values()):
            self._read(file, {name: one for name, one in wanting.items() if one.file == file})
        services, tables = dict(catalogue.services), dict[str, Table]()
        for name, lookup in wanting.items():
            tables[name] = self._table(name, lookup)
            services[name] = replace(services[name], gives=self._gives(tables[name]))
        return replace(catalogue, services=services), tables

    def check_cells(self, program: Program) -> None:
        """Complain of words that the pack does not have, and of letters that would be sent as `?`."""
        for file, data in self.files.items():
            for column, cell in data.words:
                if f"word.{cell.text}" not in program.phrases:
                    told = f"{column} `{cell.text}` is none of `words` in pack.yaml; add it there"
                    self.reader.complain(Complaint(file, cell.line, cell.column, "unknown-word", told))
            for column, language, cell in data.texts:
                sent = fit(spell(cell.text, program.spelling), None)
                if language not in program.wide and sent.count("?") > cell.text.count("?"):
                    told = f"{column} `{cell.text}` is sent as `{sent}` in `{language}`; spell it in "
                    told += "letters that phones have"
                    self.reader.complain(Complaint(file, cell.line, cell.column, "unwritable", told))

    def _place(self, name: str, key: str) -> Node:
        node = self.services.get(name) if self.services else None
        assert node is not None, "a service was read from there"
        return node.get(key) or node

    def _read(self, file: str, wanting: Mapping[str, Lookup]) -> None:
        if file in self.unread or not file:
            return
        place = self._place(next(iter(wanting)), "from")
        if not file.endswith(DATA_SUFFIX):
            told = f"`{file}` is no data file; name one of the pack that ends in {DATA_SUFFIX}"
            self.reader.wrong(place, "wrong-shape", told)
        elif file not in self.sources:
            self.reader.wrong(place, "missing-file", f"there is no {file} in the pack; add it")
        else:
            types: dict[str, ValueType] = {}
            for lookup in wanting.values():
                types |= lookup.types
            keys = frozenset(column for lookup in wanting.values() for column in lookup.by)
            languages = (self.reader.base, *self.reader.translations)
            data = read_file(file, self.sources[file], keys, types, languages, self.country, self.reader)
            if data is not None:
                self.files[file] = data

    def _table(self, name: str, lookup: Lookup) -> Table:
        data, found = self.files.get(lookup.file), dict[Key, list[DataRow]]()
        if data is None or not self._has_columns(name, lookup, data):
            return Table(lookup, {})
        for row in data.rows:
            key = key_of(row.value(column, self.reader.base) for column in lookup.by)
            found.setdefault(key, []).append(row)
        table = Table(lookup, {key: tuple(rows) for key, rows in found.items()})
        for row, told in self._too_many(table) if lookup.by or lookup.listed else ():
            self.reader.complain(Complaint(lookup.file, row.line, 1, "too-many-rows", told))
        if (most := self._list_letters(table)) > limits.list_characters_max:
            told = f"`{lookup.listed}` can be {most} letters, {limits.list_characters_max} are allowed in a session"
            self.reader.wrong(
                self._place(name, "list"), "too-long", f"{told}; give fewer columns, or shorten them", name
            )
        return table

    def _has_columns(self, name: str, lookup: Lookup, data: DataFile) -> bool:
        """Whether the file has every column that is named, and those by which rows are found are no translations."""
        fine = True
        for key, columns in (("by", lookup.by), ("gives", lookup.gives), ("types", tuple(lookup.types))):
            for column in columns:
                if column not in data.columns and not (key == "gives" and column in (SOURCE, AS_OF)):
                    told = f"`{column}` is no column of {lookup.file}; it has {enumerated(sorted(data.columns))}"
                    self.reader.wrong(self._place(name, key), "unknown-column", told, name)
                    fine = False
                elif key != "gives" and column in data.translated:
                    told = f"`{column}` is another text in each language; name a column that is the same in all"
                    self.reader.wrong(self._place(name, key), "wrong-type", told, name)
                    fine = False
        return fine

    def _too_many(self, table: Table) -> Iterator[tuple[DataRow, str]]:
        """Rows that are one too many: of a list, or where a single one is told."""
        lookup, base, most = table.lookup, self.reader.base, limits.lookup_listed_max
        for rows in table.rows.values():
            by = " and ".join(f"{name} `{rows[0].value(name, base)}`" for name in lookup.by)
            if not lookup.listed and len(rows) > 1:
                yield rows[1], f"has {by} as line {rows[0].line} has, and one row is told; give each its own"
            elif lookup.listed and len(table.entries(rows, base)) > most:
                about = f"{most} of {by}" if by else str(most)
                yield rows[most], f"is more than the {about} that one list may have; leave some out, or find by more"

    def _list_letters(self, table: Table) -> int:
        """Letters of the longest list, if it gives one."""
        given = self._gives(table).get(table.lookup.listed)
        return given.most * sum(one.longest for one in (given.fields or {}).values()) if given else 0

    def _gives(self, table: Table) -> dict[str, Result]:
        lookup = table.lookup
        every = [row for rows in table.rows.values() for row in rows]
        columns = {name: self._result(name, lookup, every) for name in lookup.gives}
        told = {
            AS_OF: Result(ValueType.DATE, natural_length(ValueType.DATE)),
            SOURCE: Result(
                ValueType.TEXT,
                max((_size(sources_of(rows), self.reader.spelling) for rows in table.rows.values()), default=0),
            ),
            **({STALE: Result(ValueType.TEXT, len(YES))} if lookup.stale_days else {}),
        }
        if not lookup.listed:
            return {**columns, **told}
        counts = [len(table.entries(rows, self.reader.base)) for rows in table.rows.values()]
        most = min(max([1, *counts]), limits.lookup_listed_max)
        listed = Result(ValueType.LIST, 0, columns, most)
        return {lookup.listed: listed, COUNT: Result(ValueType.NUMBER, len(str(most))), **told}

    def _result(self, name: str, lookup: Lookup, rows: list[DataRow]) -> Result:
        if name == AS_OF:
            return Result(ValueType.DATE, natural_length(ValueType.DATE))
        type = lookup.types.get(name, ValueType.TEXT)
        if type is ValueType.WORD:
            return Result(type, 0)
        languages = (self.reader.base, *self.reader.translations)
        shown = {self._shown(row.value(name, one), type, one) for row in rows for one in languages}
        return Result(type, max((_size(one, self.reader.spelling) for one in shown), default=0))

    def _shown(self, value: str, type: ValueType, language: str) -> str:
        formats = self.country.formats[language]
        if not value:
            return value
        if type is ValueType.AMOUNT:
            return to_gsm(formats.money(int(value), self.country.currency))
        return to_gsm(formats.number(int(value))) if type is ValueType.NUMBER else value


def _size(value: str, spelling: Spelling) -> int:
    """Letters that a value takes at the most: septets of GSM 03.38, or units where a page is wide."""
    return max(septets(fit(spell(value, spelling), None)), utf16_units(value))
