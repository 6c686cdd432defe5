"""A country pack: its files read together, linked, checked and frozen; refused whole with every complaint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app import limits
from app.catalogue import Catalogue, Service
from app.catalogue_reader import declared_for_sms, read_catalogue
from app.engine.checks import check, longest, place_of
from app.engine.compile import ProgramCompiler, ServiceShape
from app.engine.program import Currency, Declared, Keyword, Program, Screen, Text
from app.engine.reader import Reader
from app.engine.source import Node, read_yaml
from app.engine.text import septets, slots
from app.errors import Complaint, MenuRefused

PACK_FILES = ("pack.yaml", "entrances.yaml", "services.yaml")
PHRASES = (
    "back", "home", "yes", "no", "wrong_choice",
    "bad_text", "bad_digits", "bad_identity", "bad_meter", "bad_amount", "bad_date", "bad_reference",
    "unavailable", "busy", "over", "interrupted", "not_served", "sms_help",
)  # fmt: skip
"""What the house itself says; the pack has the words for it."""

HARMLESS_TO_CHECKS = {"missing-translation", "unknown-translation", "unknown-key", "duplicate-key", "option-number"}
"""With any other complaint the screens are not whole, and checks on them would only confuse."""


@dataclass(frozen=True, slots=True)
class Pack:
    program: Program
    catalogue: Catalogue


def compile_pack(sources: Mapping[str, str]) -> Pack:
    """Compile a pack from its files (path inside the pack -> text); raises `MenuRefused` with all complaints."""
    return _Compiler(sources).compile()


@dataclass(slots=True)
class _Compiler:
    sources: Mapping[str, str]
    complaints: list[Complaint] = field(default_factory=list)
    roots: dict[str, Node] = field(default_factory=dict)

    def compile(self) -> Pack:
        if sum(len(text.encode()) for text in self.sources.values()) > limits.pack_bytes_max:
            too_large = f"is larger than {limits.pack_bytes_max} bytes"
            raise MenuRefused((Complaint("pack.yaml", 1, 1, "pack-size", too_large),))
        self._read()
        self._refuse_if_wrong()
        pack = self._link()
        self._refuse_if_wrong()
        return pack

    def _refuse_if_wrong(self) -> None:
        if self.complaints:
            raise MenuRefused(tuple(sorted(set(self.complaints))))

    def _read(self) -> None:
        for file in PACK_FILES:
            if file not in self.sources:
                self.complaints.append(Complaint(file, 1, 1, "missing-file", "is missing from the pack; add it"))
        for file, text in sorted(self.sources.items()):
            root = read_yaml(file, text, self.complaints.append)
            if root is not None:
                self.roots[file] = root

    def _link(self) -> Pack:
        root = self.roots["pack.yaml"]
        reader = Reader(self.complaints.append, "", {})
        reader.only(root, ("pack", "languages", "keys", "currency", "identity_digits", "timezone", "phrases", "words"))
        languages = reader.names(reader.need(root, "languages")) or ("und",)
        if len(set(languages)) < len(languages):
            reader.wrong(reader.need(root, "languages"), "duplicate-key", "names a language twice; remove one")
        reader = Reader(self.complaints.append, languages[0], self._translations(languages, root, reader))
        catalogue = read_catalogue(self.roots["services.yaml"], reader)
        program = self._program(reader, root, languages, catalogue)
        reader.complain_of_unused()
        if {complaint.rule for complaint in self.complaints} <= HARMLESS_TO_CHECKS:
            self._check(program, catalogue)
        return Pack(program, catalogue)

    def _translations(self, languages: tuple[str, ...], root: Node, reader: Reader) -> dict[str, Node]:
        translations = {}
        for language in languages[1:]:
            file = f"languages/{language}.yaml"
            if file in self.roots:
                translations[language] = self.roots[file]
                reader.only(translations[language], ("phrases", "words", "services", "programs"))
            else:
                reader.wrong(root, "missing-file", f"says `{language}`, but there is no {file}; add it")
        for file, node in self.roots.items():
            language = file.removeprefix("languages/").removesuffix(".yaml")
            if file.startswith("languages/") and language not in languages[1:]:
                reader.wrong(node, "unknown-file", f"is no further language of pack.yaml; add `{language}` there")
        return translations

    def _program(self, reader: Reader, root: Node, languages: tuple[str, ...], catalogue: Catalogue) -> Program:
        currency = self._currency(reader, root)
        identity_digits = reader.whole(root.get("identity_digits"), 12)
        screens, names = self._screens(reader, catalogue, currency, identity_digits)
        codes, keywords, bare = self._entrances(reader)
        back, home = self._keys(reader, reader.need(root, "keys"))
        return Program(
            pack=reader.scalar(reader.need(root, "pack")),
            version=self._version(),
            base=languages[0],
            languages=languages,
            screens=screens,
            names=names,
            codes=codes,
            keywords=keywords,
            bare_reference=bare,
            phrases=self._phrases(reader, root),
            back_key=back,
            home_key=home,
            currency=currency,
            identity_digits=identity_digits,
            timezone=self._timezone(reader, reader.need(root, "timezone")),
        )

    def _version(self) -> str:
        digest = hashlib.sha256()
        for file, text in sorted(self.sources.items()):
            for part in (file, text):
                digest.update(len(part.encode()).to_bytes(4, "big") + part.encode())
        return digest.hexdigest()[:16]

    def _keys(self, reader: Reader, node: Node) -> tuple[str, str]:
        reader.only(node, ("back", "home"))
        back, home = (reader.scalar(reader.need(node, key)) for key in ("back", "home"))
        for key in (back, home):
            if not re.fullmatch("[0-9]", key):
                reader.wrong(node, "reserved-key", f"`{key}` cannot be a key; back and home are one digit each")
        if back == home:
            reader.wrong(node, "reserved-key", "back and home must be two different keys")
        return back, home

    def _timezone(self, reader: Reader, node: Node) -> ZoneInfo:
        try:
            return ZoneInfo(reader.scalar(node))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            reader.wrong(node, "unknown-timezone", f"`{node.text}` is no time zone; write one such as Africa/Maseru")
            return ZoneInfo("UTC")

    def _currency(self, reader: Reader, root: Node) -> Currency:
        node = reader.need(root, "currency")
        reader.only(node, ("code", "symbol", "minor_digits"))
        code, symbol = (reader.scalar(reader.need(node, key)) for key in ("code", "symbol"))
        return Currency(code, symbol, reader.whole(node.get("minor_digits"), 2))

    def _phrases(self, reader: Reader, root: Node) -> dict[str, Text]:
        node = reader.need(root, "phrases")
        reader.only(node, PHRASES)
        phrases = {name: reader.plain(reader.need(node, name), "phrases", name) for name in PHRASES}
        for key, value in reader.pairs(root.get("words"), "`words`"):
            phrases[f"word.{key.text}"] = reader.plain(value, "words", key.text)
        return phrases

    def _program_roots(self) -> dict[str, Node]:
        plain = (file for file in self.roots if "/" not in file and file not in (*PACK_FILES, "places.yaml"))
        return {file.removesuffix(".yaml"): self.roots[file] for file in plain}

    def _screens(
        self, reader: Reader, catalogue: Catalogue, currency: Currency, identity_digits: int
    ) -> tuple[dict[str, Screen], dict[str, Mapping[str, Declared]]]:
        roots = self._program_roots()
        starts = {name: f"{name}/{reader.scalar(reader.need(root, 'start'))}" for name, root in roots.items()}
        shapes = {name: _shape(service) for name, service in catalogue.services.items()}
        screens: dict[str, Screen] = {}
        names: dict[str, Mapping[str, Declared]] = {}
        for name, root in roots.items():
            compiler = ProgramCompiler(reader, name, root, starts, shapes, currency, identity_digits)
            screens |= compiler.compile()
            names[name] = compiler.names
        for name, start in starts.items():
            if start not in screens:
                reader.wrong(roots[name], "unknown-screen", f"`start` names `{start}`, which does not exist")
        return screens, names

    def _entrances(self, reader: Reader) -> tuple[dict[str, str], tuple[Keyword, ...], str | None]:
        root = self.roots["entrances.yaml"]
        reader.only(root, ("ussd", "sms", "bare_reference"))
        roots = self._program_roots()

        def start(node: Node) -> str:
            if node.text not in roots:
                reader.wrong(node, "unknown-program", f"`{node.text}` is no program of this pack")
                return ""
            return f"{node.text}/{reader.scalar(roots[node.text].get('start'))}"

        codes = {key.text: start(node) for key, node in reader.pairs(reader.need(root, "ussd"), "`ussd`")}
        words: dict[str, tuple[str, ...]] = {}
        for key, node in reader.pairs(root.get("sms"), "`sms`"):
            words[start(node)] = (*words.get(start(node), ()), key.text.upper())
        keywords = tuple(Keyword(spelled, screen) for screen, spelled in words.items())
        bare = root.get("bare_reference")
        return codes, keywords, start(bare) if bare else None

    def _check(self, program: Program, catalogue: Catalogue) -> None:
        roots = self._program_roots()
        for screen, rule, text in check(program):
            node = place_of(roots, screen)
            line, column = (node.line, node.column) if node else (1, 1)
            file = f"{screen.partition('/')[0]}.yaml"
            self.complaints.append(Complaint(file, line, column, rule, text, screen))
        for service in catalogue.services.values():
            self._check_sms(program, catalogue, service)

    def _check_sms(self, program: Program, catalogue: Catalogue, service: Service) -> None:
        declared = declared_for_sms(service, catalogue, program.identity_digits)
        services = self.roots["services.yaml"].get("services")
        node = next(key for key, _ in (services.pairs if services else []) if key.text == service.name)
        for occasion, text in service.sms.items():
            unknown = {name for template in text.values() for name in slots(template)} - set(declared)
            for name in sorted(unknown):
                known = ", ".join(sorted(declared))
                told = f"sms `{occasion}` names `{name}`; known are {known}"
                self.complaints.append(node.complaint("unknown-name", told, service.name))
            for language, template in text.items():
                size = septets(longest(template, declared, program, language))
                if size > limits.sms_septets_max:
                    told = (
                        f"sms `{occasion}` can be {size} septets in `{language}`; one part is {limits.sms_septets_max}"
                    )
                    self.complaints.append(node.complaint("too-long", told, service.name))


def _shape(service: Service) -> ServiceShape:
    gives = {name: Declared(result.type, result.longest, {}) for name, result in service.gives.items()}
    return ServiceShape(tuple(service.takes), gives, service.refused, service.kind.value == "file")
