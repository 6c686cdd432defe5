"""A country pack: its files read together, linked, checked and frozen; refused whole with every complaint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app import limits
from app.baselines import Baselines
from app.catalogue import Catalogue
from app.compiler.baselines import BASELINES_FILE, Known, read_baselines
from app.compiler.catalogue import read_catalogue
from app.compiler.catalogue_pay import priced, sourced
from app.compiler.country import CountryReader, minor_digits, read_spelling
from app.compiler.fields import names
from app.compiler.growth import bytes_most
from app.compiler.handsets import read_handsets
from app.compiler.holes import Doubt, is_whole, told
from app.compiler.linking import Linked, Linker
from app.compiler.lookups import LookupsReader
from app.compiler.pack_fields import LANGUAGE, PACK
from app.compiler.phrases import read_phrases
from app.compiler.places import FILE as PLACES_FILE
from app.compiler.places import SHEET_SUFFIX, PlacesReader, measured, phrases_of_points
from app.compiler.programs import NUMBERS_FILE, PACK_FILES
from app.compiler.proofs import Proof
from app.compiler.published import check_numbers
from app.compiler.purposes import read_privacy
from app.compiler.reader import Reader, Spoken
from app.compiler.sms_price import read_sms_price
from app.compiler.sms_words import link_given
from app.compiler.source import Node, read_yaml
from app.engine.program import Program
from app.errands import districts_of
from app.errors import Complaint, MenuRefused
from app.lookups import Table
from app.pack import Pack, ReviewCount
from app.points.guide import POINT_PHRASES, Speech

TOLERATED = frozenset({"missing-translation"})
"""Complaints with which a pack still runs: a missing text falls back to the base language."""


def compile_pack(sources: Mapping[str, str]) -> Pack:
    """Compile a pack from its files (path inside the pack -> text); raises `MenuRefused` with all complaints."""
    pack, complaints = examine(sources)
    if pack is None or any(complaint.rule not in TOLERATED for complaint in complaints):
        raise MenuRefused(complaints)
    return pack


def compile_published(sources: Mapping[str, str]) -> Pack:
    """Compile a version that was published; raises `MenuRefused` only if its screens are not whole.

    It had no complaint when it was published. A rule that came later must not take it from the citizens who stay on it.
    """
    compiler = _Compiler(sources, proves=False)
    pack = compiler.compile()
    if pack is None or not compiler.whole:
        raise MenuRefused(tuple(sorted(set(compiler.complaints))))
    return pack


def examine(
    sources: Mapping[str, str], unread: tuple[Complaint, ...] = ()
) -> tuple[Pack | None, tuple[Complaint, ...]]:
    """Every complaint in reading order, and the pack as far as it could be understood (None: not linked at all).

    `unread` are the complaints about files that are no text at all, and so not among the sources.
    """
    compiler = _Compiler(sources, complaints=list(unread))
    pack = compiler.compile()
    return pack, tuple(sorted(set(compiler.complaints)))


def spoken_in(sources: Mapping[str, str]) -> tuple[Pack, tuple[Spoken, ...]]:
    """A pack with every text of every language, in reading order; raises `MenuRefused` for what would not run."""
    compiler = _Compiler(sources)
    pack = compiler.compile()
    if pack is None or any(complaint.rule not in TOLERATED for complaint in compiler.complaints):
        raise MenuRefused(tuple(sorted(set(compiler.complaints))))
    return pack, tuple(compiler.spoken)


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
    """`whole` says whether what is written makes whole screens; `proves` whether these are to be checked as well."""

    sources: Mapping[str, str]
    proves: bool = True
    whole: bool = False
    complaints: list[Complaint] = field(default_factory=list)
    roots: dict[str, Node] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    spoken: list[Spoken] = field(default_factory=list)

    def compile(self) -> Pack | None:
        if sum(len(text.encode()) for text in self.sources.values()) > limits.pack_bytes_max:
            self.complaints.append(
                Complaint("pack.yaml", 1, 1, "pack-size", f"is larger than {limits.pack_bytes_max} bytes")
            )
            return None
        self.unread = self._read()
        first = frozenset(self.complaints)
        if "pack.yaml" in self.unread or any(complaint.rule == "pack-size" for complaint in first):
            return None
        return self._link(self.unread, first)

    def _read(self) -> frozenset[str]:
        """Fills `roots`; returns the files that cannot be read. Each of them goes on as an empty one."""
        known = {complaint.file for complaint in self.complaints}
        for file in PACK_FILES:
            if file not in self.sources and file not in known:
                self.complaints.append(Complaint(file, 1, 1, "missing-file", "is missing from the pack; add it"))
        unread = {complaint.file for complaint in self.complaints}
        for file, text in sorted(self.sources.items()):
            if file.endswith(SHEET_SUFFIX):
                continue
            root = read_yaml(file, text, self.complaints.append)
            if root is None:
                unread.add(file)
            else:
                self.roots[file] = root
        unread = {file for file in unread if file.endswith(".yaml")}
        self.roots |= {file: Node(file, 1, 1, "mapping") for file in unread}
        return frozenset(unread)

    def _link(self, unread: frozenset[str], first: frozenset[Complaint]) -> Pack:
        root, services = self.roots["pack.yaml"], self.roots["services.yaml"]
        reader = self._reader(root)
        languages = tuple(reader.reviews)  # those that have a file
        self.spoken = reader.spoken
        catalogue = read_catalogue(services, reader, minor_digits(root))
        country = CountryReader(reader, root, languages)
        known = country.read()
        catalogue = priced(catalogue, known)
        zone, asked = country.timezone(), phrases_of_points(catalogue)
        spoken = read_phrases(reader, root, POINT_PHRASES, asked)
        spoken |= {name: dict.fromkeys(languages, ()) for name in asked if name not in spoken}
        misread = frozenset(one.file for one in first)
        places = PlacesReader(reader, self.roots.get(PLACES_FILE), self.sources, misread)
        points = places.read(catalogue, reader.scalar(root.get("country")), zone)
        if asked:
            catalogue = measured(catalogue, points, Speech(spoken, known.formats, known.currency, reader.spelling))
        lookups = LookupsReader(reader, self.sources, misread, known, services.get("services"))
        catalogue, tables = lookups.read(catalogue)
        linker = Linker(reader, self.roots, unread, catalogue, country, known, spoken)
        linked = linker.link(languages, version_of(self.sources))
        program = linked.program
        lookups.check_cells(program)
        catalogue = sourced(catalogue, program, tables)
        privacy = read_privacy(root, reader)
        self.whole = is_whole(self.complaints, is_published=reader.is_published)
        catalogue = link_given(catalogue, program, services, self.complaints.append)
        reader.complain_of_unused()
        check_numbers(program, self.roots.get(NUMBERS_FILE), linked.programs.places, reader)
        self._prove(linked, catalogue, tables, reader, first)
        baselines = self._baselines(program, catalogue)
        price = read_sms_price(root, program.currency, reader)
        handsets = read_handsets(root, self.roots["entrances.yaml"], reader)
        most = reader.whole(root.get("options_max"), 0)
        reviews = _counted(reader)
        if reader.is_published:
            program = replace(program, bytes_most=bytes_most(program))
        return Pack(
            program, catalogue, reviews, privacy, points, baselines, linked.survey, tables, price, handsets, most
        )

    def _reader(self, root: Node) -> Reader:
        """The one that reads all files, with the languages, translations and spelling that pack.yaml names."""
        reader = Reader(self.complaints.append, "", {})
        reader.fields(root, PACK)
        languages = reader.names(root.get("languages")) or ("und",)
        if len(set(languages)) < len(languages):
            reader.wrong(root.get("languages") or root, "duplicate-key", "names a language twice; remove one")
            languages = tuple(dict.fromkeys(languages))
        review = reader.scalar(root.get("review"), "reviewed")
        translations, spelling = self._translations(languages, root, reader), read_spelling(root, reader)
        return Reader(
            self.complaints.append, languages[0], translations, review, spelling, is_published=not self.proves
        )

    def _prove(
        self,
        linked: Linked,
        catalogue: Catalogue,
        tables: Mapping[str, Table],
        reader: Reader,
        first: frozenset[Complaint],
    ) -> None:
        """Leaves out what only follows from `first`, the complaints about files, and adds what the checks find."""
        built_on = linked.programs.built_on()
        self.complaints[:] = told(self.complaints, Doubt(self.unread, built_on), first)
        if not self.proves:
            return
        proof = Proof(linked.program, catalogue, linked.programs, self.roots, self.complaints.append)
        if self.whole:
            inputs_max = reader.whole(self.roots["pack.yaml"].get("inputs_max"), limits.inputs_to_end_max)
            proof.of_whole(tables, reader, inputs_max)
        else:
            proof.of_sound(self.complaints, built_on)

    def _baselines(self, program: Program, catalogue: Catalogue) -> Baselines:
        text = self.sources.get(BASELINES_FILE)
        if text is None:
            return Baselines()
        districts = districts_of(program) if self.whole else None
        known = Known(catalogue.services, districts, program.currency.minor_digits)
        return read_baselines(text, known, self.complaints.append)

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


def _counted(reader: Reader) -> dict[str, ReviewCount]:
    """How far the texts of each language were reviewed."""
    return {
        language: ReviewCount(seen.texts, seen.missing, seen.unreviewed, seen.reviewers)
        for language, seen in reader.reviews.items()
    }
