"""A country pack: its files read together, linked, checked and frozen; refused whole with every complaint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from app import limits
from app.catalogue import Catalogue, Result, Service
from app.compiler.catalogue import ALWAYS_GIVES, read_catalogue
from app.compiler.checks import check, longest
from app.compiler.choices import link_choices
from app.compiler.country import CountryReader
from app.compiler.fields import ENTRANCES, INCLUDED, LANGUAGE, PACK, names
from app.compiler.published import check_numbers
from app.compiler.reader import Reader
from app.compiler.screens import ProgramCompiler
from app.compiler.shapes import Country, ProgramShape, ServiceShape
from app.compiler.source import Node, read_yaml
from app.engine.program import CallScreen, Choose, Declared, Keyword, Program, Screen, Text, ValueType, Visit
from app.engine.text import is_wide, septets, slots
from app.errors import Complaint, MenuRefused
from app.pack import PHRASES, Pack, ReviewCount

PACK_FILES = ("pack.yaml", "entrances.yaml", "services.yaml")
NUMBERS_FILE = "published.yaml"
"""Which option numbers were published: no part of the version, for publishing changes it."""
NO_PROGRAMS = (*PACK_FILES, "places.yaml", NUMBERS_FILE)

TOLERATED = frozenset({"missing-translation"})
"""Complaints with which a pack still runs: a missing text falls back to the base language."""
HARMLESS_TO_CHECKS = TOLERATED | {
    "unknown-translation", "unknown-key", "duplicate-key", "option-number", "idle-bound", "secret-kept",
    "secret-passed", "wrong-type", "published-number", "bad-name",
}  # fmt: skip
"""With any other complaint the screens are not whole, and checks on them would only confuse."""


def compile_pack(sources: Mapping[str, str]) -> Pack:
    """Compile a pack from its files (path inside the pack -> text); raises `MenuRefused` with all complaints."""
    pack, complaints = examine(sources)
    if pack is None or any(complaint.rule not in TOLERATED for complaint in complaints):
        raise MenuRefused(complaints)
    return pack


def examine(sources: Mapping[str, str]) -> tuple[Pack | None, tuple[Complaint, ...]]:
    """Every complaint in reading order, and the pack as far as it could be understood (None: not linked at all)."""
    compiler = _Compiler(sources)
    pack = compiler.compile()
    return pack, tuple(sorted(set(compiler.complaints)))


def version_of(sources: Mapping[str, str]) -> str:
    """The hash of a pack's sources: SHA-256, the first 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for file, text in sorted(sources.items()):
        if file != NUMBERS_FILE:
            for part in (file, text):
                digest.update(len(part.encode()).to_bytes(4, "big") + part.encode())
    return digest.hexdigest()[:16]


@dataclass(slots=True)
class _Compiler:
    sources: Mapping[str, str]
    complaints: list[Complaint] = field(default_factory=list)
    roots: dict[str, Node] = field(default_factory=dict)
    programs: dict[str, ProgramCompiler] = field(default_factory=dict)
    places: dict[str, Node] = field(default_factory=dict)

    def compile(self) -> Pack | None:
        if sum(len(text.encode()) for text in self.sources.values()) > limits.pack_bytes_max:
            self.complaints.append(
                Complaint("pack.yaml", 1, 1, "pack-size", f"is larger than {limits.pack_bytes_max} bytes")
            )
            return None
        self._read()
        readable = all(complaint.rule == "duplicate-key" for complaint in self.complaints)
        return self._link() if readable else None

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
        reader.fields(root, PACK)
        languages = reader.names(root.get("languages")) or ("und",)
        if len(set(languages)) < len(languages):
            reader.wrong(root.get("languages") or root, "duplicate-key", "names a language twice; remove one")
            languages = tuple(dict.fromkeys(languages))
        review = reader.scalar(root.get("review"), "reviewed")
        reader = Reader(self.complaints.append, languages[0], self._translations(languages, root, reader), review)
        languages = tuple(reader.reviews)  # those that have a file
        catalogue = read_catalogue(self.roots["services.yaml"], reader)
        program = self._program(reader, root, languages, catalogue)
        catalogue = link_choices(catalogue, program, self.roots["services.yaml"], self.complaints.append)
        reader.complain_of_unused()
        if {complaint.rule for complaint in self.complaints} <= HARMLESS_TO_CHECKS:
            self._check(program, catalogue, reader.whole(root.get("inputs_max"), limits.inputs_to_end_max))
        check_numbers(program, self.roots.get(NUMBERS_FILE), self.places, reader)
        reviews = {
            language: ReviewCount(seen.texts, seen.missing, seen.unreviewed, seen.reviewers)
            for language, seen in reader.reviews.items()
        }
        return Pack(program, catalogue, reviews)

    def _translations(self, languages: tuple[str, ...], root: Node, reader: Reader) -> dict[str, Node]:
        translations = {}
        for language in languages[1:]:
            file = f"languages/{language}.yaml"
            if file in self.roots:
                translations[language] = self.roots[file]
                reader.only(translations[language], names(LANGUAGE))
            else:
                reader.wrong(root, "missing-file", f"says `{language}`, but there is no {file}; add it")
        for file, node in self.roots.items():
            language = file.removeprefix("languages/").removesuffix(".yaml")
            if file.startswith("languages/") and language not in languages[1:]:
                reader.wrong(node, "unknown-file", f"is no further language of pack.yaml; add `{language}` there")
        return translations

    def _program(self, reader: Reader, root: Node, languages: tuple[str, ...], catalogue: Catalogue) -> Program:
        country = CountryReader(reader, root, languages)
        told = country.read()
        screens, names, visits = self._screens(reader, catalogue, told)
        codes, keywords, bare = self._entrances(reader)
        back, home, more = country.keys()
        phrases = self._phrases(reader, root)
        return Program(
            pack=reader.scalar(root.get("pack")),
            version=version_of(self.sources),
            base=languages[0],
            languages=languages,
            screens=screens,
            names=names,
            visits=visits,
            codes=codes,
            keywords=keywords,
            bare_reference=bare,
            phrases=phrases,
            formats=told.formats,
            back_key=back,
            home_key=home,
            more_key=more,
            currency=told.currency,
            country=reader.scalar(root.get("country")),
            budgets=country.budgets(),
            wide=_wide(languages, screens, phrases),
            timezone=country.timezone(),
        )

    def _phrases(self, reader: Reader, root: Node) -> dict[str, Text]:
        node = reader.need(root, "phrases")
        reader.only(node, PHRASES)
        phrases = {name: reader.plain(reader.need(node, name), "phrases", name) for name in PHRASES}
        for key, value in reader.pairs(root.get("words"), "`words`"):
            phrases[f"word.{key.text}"] = reader.plain(value, "words", key.text)
        return phrases

    def _program_roots(self) -> dict[str, Node]:
        plain = (file for file in self.roots if "/" not in file and file not in NO_PROGRAMS)
        return {file.removesuffix(".yaml"): self.roots[file] for file in plain}

    def _screens(
        self, reader: Reader, catalogue: Catalogue, country: Country
    ) -> tuple[dict[str, Screen], dict[str, Mapping[str, Declared]], dict[str, Visit]]:
        roots = self._program_roots()
        starts = {name: f"{name}/{reader.scalar(root.get('start'))}" for name, root in roots.items()}
        services = {name: _shape(service) for name, service in catalogue.services.items()}
        compiled: dict[str, dict[str, Screen]] = {}
        in_work: list[str] = []

        def compile_program(name: str) -> None:
            in_work.append(name)
            self.programs[name] = ProgramCompiler(
                reader, name, roots[name], starts, services, country, shape_of, self._shared(reader, roots[name])
            )
            compiled[name] = self.programs[name].compile()
            in_work.pop()

        def shape_of(name: str, node: Node) -> ProgramShape | None:
            """The shape of a program that another visits; a program that would visit itself has none."""
            if name in in_work or len(in_work) >= limits.menu_depth_max:
                told = f"`{name}` visits itself, or sub-menus are nested deeper than {limits.menu_depth_max}"
                reader.wrong(node, "menu-loop", told)
                return None
            if name in roots and name not in compiled:
                compile_program(name)
            return self.programs[name].shape if name in compiled else None

        for name in roots:
            if name not in compiled:
                compile_program(name)
        screens = {screen.name: screen for name in roots for screen in compiled[name].values()}
        for name, start in starts.items():
            self.places |= self.programs[name].places
            if start not in screens:
                told = f"`start` names `{start}`, which does not exist"
                reader.wrong(roots[name].get("start") or roots[name], "unknown-screen", told)
        self._shared_files(reader)
        visits = {id: visit for name in roots for id, visit in self.programs[name].visits.items()}
        return screens, {name: self.programs[name].names for name in roots}, visits

    def _shared(self, reader: Reader, root: Node) -> dict[str, tuple[str, Node, Node]]:
        """The screens of the files that a program includes: only of `shared/` in this pack."""
        shared: dict[str, tuple[str, Node, Node]] = {}
        listed = root.get("include")
        for node, name in zip(listed.entries if listed else [], reader.names(listed), strict=False):
            included = self.roots.get(f"shared/{name}.yaml")
            if included is None:
                told = f"there is no shared/{name}.yaml in this pack; a name without path or ending is included"
                reader.wrong(node, "unknown-file", told)
                continue
            for key, screen in reader.pairs(included.get("screens"), "`screens`"):
                shared.setdefault(key.text, (name, key, screen))
        return shared

    def _shared_files(self, reader: Reader) -> None:
        for file, root in self.roots.items():
            if file.startswith("shared/"):
                reader.fields(root, INCLUDED)
            elif "/" in file and not file.startswith("languages/"):
                reader.wrong(root, "unknown-file", "lies where nothing is read; programs lie at the top of the pack")

    def _entrances(self, reader: Reader) -> tuple[dict[str, str], tuple[Keyword, ...], str | None]:
        root = self.roots["entrances.yaml"]
        reader.only(root, names(ENTRANCES))
        roots = self._program_roots()

        def start(node: Node) -> str:
            if node.text not in roots:
                reader.wrong(node, "unknown-program", f"`{node.text}` is no program of this pack")
                return ""
            if self.programs[node.text].shape.takes or self.programs[node.text].shape.returns:
                reader.wrong(node, "not-an-entrance", f"`{node.text}` is a sub-menu: it takes values or returns")
            return f"{node.text}/{reader.scalar(roots[node.text].get('start'))}"

        codes = {key.text: start(node) for key, node in reader.pairs(reader.need(root, "ussd"), "`ussd`")}
        words: dict[str, tuple[str, ...]] = {}
        for key, node in reader.pairs(root.get("sms"), "`sms`"):
            words[start(node)] = (*words.get(start(node), ()), key.text.upper())
        keywords = tuple(Keyword(spelled, screen) for screen, spelled in words.items())
        bare = root.get("bare_reference")
        return codes, keywords, start(bare) if bare else None

    def _check(self, program: Program, catalogue: Catalogue, inputs_max: int) -> None:
        takes = {name: frozenset(compiler.shape.takes) for name, compiler in self.programs.items()}
        returning = frozenset(name for name, compiler in self.programs.items() if compiler.shape.returns)
        always = {name: _shape(service).always for name, service in catalogue.services.items()}
        for screen, rule, text in check(program, takes, returning, always, inputs_max):
            node = self.places[screen]
            if rule == "unreachable" and node.file.startswith("shared/"):
                continue  # a program need not use all that it includes
            self.complaints.append(node.complaint(rule, text, screen))
        for service in catalogue.services.values():
            self._check_sms(program, service)

    def _check_sms(self, program: Program, service: Service) -> None:
        declared = service.sms_names
        services = self.roots["services.yaml"].get("services")
        node = next(key for key, _ in (services.pairs if services else []) if key.text == service.name)
        for occasion, text in service.sms.items():
            unknown = {slot.name for template in text.values() for slot in slots(template)} - set(declared)
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
    gives = {name: declared(result) for name, result in service.gives.items()}
    always = ALWAYS_GIVES.get(service.kind, frozenset())
    files = service.kind.value == "file"
    return ServiceShape(dict(service.takes), gives, always, service.refused, files, service.patience_seconds)


def declared(result: Result) -> Declared:
    """A service's result as an answer is declared."""
    if result.type is not ValueType.LIST:
        return Declared(result.type, result.longest, {})
    fields = {name: declared(field) for name, field in (result.fields or {}).items()}
    return Declared(ValueType.LIST, 0, {}, fields, result.most)


def _wide(languages: tuple[str, ...], screens: Mapping[str, Screen], phrases: Mapping[str, Text]) -> frozenset[str]:
    """The languages with a letter that no page of GSM 03.38 can carry."""
    texts = list(phrases.values())
    for screen in screens.values():
        if isinstance(screen, Choose):
            texts += [option.text for option in screen.options]
        if not isinstance(screen, CallScreen):
            texts.append(screen.text)
    return frozenset(
        language
        for language in languages
        if any(is_wide(part) for text in texts for part in text[language] if isinstance(part, str))
    )
