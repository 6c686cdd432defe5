"""A country pack: its files read together, linked, checked and frozen; refused whole with every complaint."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from app import limits
from app.agent_phrases import AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS
from app.baselines import Baselines
from app.catalogue import Catalogue, Result, Service
from app.compiler.agent_steps import check_agent_steps, is_of_agents
from app.compiler.assisted import check_assisted, read_titles
from app.compiler.baselines import BASELINES_FILE, Known, read_baselines
from app.compiler.catalogue import ALWAYS_GIVES, read_catalogue
from app.compiler.catalogue_pay import check_pushed, check_typed, priced, sourced
from app.compiler.checks import check, check_apart
from app.compiler.codes import ALWAYS
from app.compiler.country import CountryReader, minor_digits, read_spelling
from app.compiler.entrances import check_echoes, check_entrances, check_spelling, read_entrances
from app.compiler.fields import LANGUAGE, PACK, names
from app.compiler.handsets import read_handsets
from app.compiler.holes import Doubt, holed_files, is_whole, loose_files, told
from app.compiler.house import check_house
from app.compiler.later import ANYTHING, with_phrases
from app.compiler.lookups import LookupsReader
from app.compiler.masks import hidden_names, masked_names
from app.compiler.places import FILE as PLACES_FILE
from app.compiler.places import SHEET_SUFFIX, PlacesReader, measured, phrases_of_points
from app.compiler.programs import NUMBERS_FILE, PACK_FILES, Programs
from app.compiler.published import check_numbers
from app.compiler.purposes import check_privacy, check_questions, read_consents, read_privacy
from app.compiler.push_services import check_confirmed
from app.compiler.reader import Reader, Spoken
from app.compiler.shapes import Country, ServiceShape
from app.compiler.sms_price import read_sms_price
from app.compiler.sms_words import check_sms, link_given
from app.compiler.source import Node, read_yaml
from app.compiler.survey import read_survey
from app.engine.pages import PREFIX
from app.engine.program import CallScreen, Choose, Declared, Program, Screen
from app.engine.resuming import offer
from app.errands import districts_of
from app.errors import Complaint, MenuRefused
from app.house_services import AGENT_NAMES
from app.lookups import Table
from app.pack import (
    CODE_PHRASES,
    CONSENT_PHRASES,
    LANGUAGE_PHRASES,
    MANDATE_PHRASES,
    PHRASES,
    RESUME_PHRASES,
    SURVEY_PHRASES,
    Pack,
    ReviewCount,
    Survey,
)
from app.points.guide import POINT_PHRASES, Speech
from app.privacy import DataClass
from app.values.rules import Text, ValueType
from app.values.text import fill, is_wide, septets

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
    survey: Survey | None = None
    complaints: list[Complaint] = field(default_factory=list)
    roots: dict[str, Node] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    programs: Programs = field(init=False)
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
        root = self.roots["pack.yaml"]
        reader = Reader(self.complaints.append, "", {})
        reader.fields(root, PACK)
        languages = reader.names(root.get("languages")) or ("und",)
        if len(set(languages)) < len(languages):
            reader.wrong(root.get("languages") or root, "duplicate-key", "names a language twice; remove one")
            languages = tuple(dict.fromkeys(languages))
        review = reader.scalar(root.get("review"), "reviewed")
        translations, spelling = self._translations(languages, root, reader), read_spelling(root, reader)
        published = not self.proves
        reader = Reader(self.complaints.append, languages[0], translations, review, spelling, is_published=published)
        languages = tuple(reader.reviews)  # those that have a file
        self.spoken = reader.spoken
        catalogue = read_catalogue(self.roots["services.yaml"], reader, minor_digits(root))
        country = CountryReader(reader, root, languages)
        known = country.read()
        catalogue = priced(catalogue, known)
        zone, asked = country.timezone(), phrases_of_points(catalogue)
        spoken = self._phrases(reader, root, POINT_PHRASES, asked)
        spoken |= {name: dict.fromkeys(languages, ()) for name in asked if name not in spoken}
        places = PlacesReader(reader, self.roots.get(PLACES_FILE), self.sources, frozenset(one.file for one in first))
        points = places.read(catalogue, reader.scalar(root.get("country")), zone)
        if asked:
            catalogue = measured(catalogue, points, Speech(spoken, known.formats, known.currency, reader.spelling))
        services = self.roots["services.yaml"].get("services")
        lookups = LookupsReader(reader, self.sources, frozenset(one.file for one in first), known, services)
        catalogue, tables = lookups.read(catalogue)
        program = self._program(reader, root, languages, catalogue, country, known, spoken)
        lookups.check_cells(program)
        catalogue = sourced(catalogue, program, tables)
        privacy = read_privacy(root, reader)
        self.whole = is_whole(self.complaints, is_published=published)
        catalogue = link_given(catalogue, program, self.roots["services.yaml"], self.complaints.append)
        reader.complain_of_unused()
        check_numbers(program, self.roots.get(NUMBERS_FILE), self.programs.places, reader)
        built_on = self.programs.built_on()
        self.complaints[:] = told(self.complaints, Doubt(unread, built_on), first)
        if self.whole and self.proves:
            self._check(
                program, catalogue, tables, reader, reader.whole(root.get("inputs_max"), limits.inputs_to_end_max)
            )
        elif self.proves:
            self._check_some(program, catalogue, built_on)
        reviews = {
            language: ReviewCount(seen.texts, seen.missing, seen.unreviewed, seen.reviewers)
            for language, seen in reader.reviews.items()
        }
        baselines = self._baselines(program, catalogue)
        price = read_sms_price(root, program.currency, reader)
        handsets = read_handsets(root, self.roots["entrances.yaml"], reader)
        most = reader.whole(root.get("options_max"), 0)
        return Pack(program, catalogue, reviews, privacy, points, baselines, self.survey, tables, price, handsets, most)

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

    def _program(
        self,
        reader: Reader,
        root: Node,
        languages: tuple[str, ...],
        catalogue: Catalogue,
        country: CountryReader,
        told: Country,
        spoken: Mapping[str, Text],
    ) -> Program:
        """`spoken` are phrases that were read before."""
        services = {name: _shape(service) for name, service in catalogue.services.items()}
        self.programs = Programs(reader, self.roots, services, told, catalogue.opens)
        screens = self.programs.compile()
        entrances = read_entrances(self.roots["entrances.yaml"], reader, self.programs.starts, self.programs.shapes)
        back, home, more = country.keys()
        resumes = self.programs.resumes()
        consents = read_consents(self.programs.roots, catalogue.purposes, reader)
        purposes = None if "services.yaml" in self.unread else catalogue.purposes
        self.survey = read_survey(root, purposes, entrances.withdraws, reader)
        topics = self.roots["services.yaml"].get("topics")
        if topics is not None and not entrances.withdraws and "entrances.yaml" not in self.unread:
            remedy = "nobody could take it back; add `withdraw: [STOP]` to entrances.yaml"
            reader.wrong(topics, "missing-consent", remedy)
        titles = read_titles(self.programs.roots, reader)
        asked = (
            *(RESUME_PHRASES if resumes else ()),
            *(CODE_PHRASES if entrances.code_words else ()),
            *(LANGUAGE_PHRASES if entrances.speaks else ()),
            *(CONSENT_PHRASES if consents or entrances.withdraws else ()),
            *(AGENT_PHRASES if entrances.agents else ()),
            *((*MANDATE_TEXTS, *MANDATE_PHRASES) if titles else ()),
            *(AGENT_MENU_TEXTS if is_of_agents(catalogue) else ()),
            *(SURVEY_PHRASES if self.survey else ()),
        )
        every = (*PHRASES, *RESUME_PHRASES, *CODE_PHRASES, *CONSENT_PHRASES, *AGENT_PHRASES, *SURVEY_PHRASES)
        every = (*every, *LANGUAGE_PHRASES, *MANDATE_TEXTS, *MANDATE_PHRASES, *AGENT_MENU_TEXTS)
        reader.only(reader.need(root, "phrases"), (*every, *POINT_PHRASES))
        phrases = self._phrases(reader, root, every, {*PHRASES, *asked})
        phrases = with_phrases(phrases, (*PHRASES, *asked)) if reader.is_published else phrases
        phrases |= {**spoken, **self._words(reader, root)}
        return Program(
            pack=reader.scalar(root.get("pack")),
            version=version_of(self.sources),
            base=languages[0],
            languages=languages,
            screens=screens,
            names=self.programs.names,
            visits=self.programs.visits,
            codes=entrances.codes,
            keywords=entrances.keywords,
            bare_reference=entrances.bare_reference,
            phrases=phrases,
            formats=told.formats,
            back_key=back,
            home_key=home,
            more_key=more,
            currency=told.currency,
            country=reader.scalar(root.get("country")),
            budgets=country.budgets(),
            wide=_wide(languages, screens, phrases),
            resumes=resumes,
            timezone=country.timezone(),
            opens=self.programs.opens_read,
            code_words=entrances.code_words,
            consents=consents,
            withdraws=entrances.withdraws,
            helps=entrances.helps,
            speaks=entrances.speaks,
            agent_words=entrances.agents,
            language_words=country.language_words(),
            agent_codes=entrances.agent_codes,
            assisted=titles,
            masked=masked_names(screens, catalogue.services, self._said_public()) if titles else {},
            hidden=hidden_names(screens, catalogue.services, self.programs.names, resumes) if resumes else {},
            spelling=reader.spelling,
        )

    def _phrases(
        self, reader: Reader, root: Node, phrases: tuple[str, ...], needed: Collection[str]
    ) -> dict[str, Text]:
        """Those that this pack needs, or says without need; a published one says what was asked of it then."""
        node = reader.need(root, "phrases")
        missing = {ANYTHING} if reader.is_published else needed
        wanted = [name for name in phrases if (name in needed and name in missing) or node.get(name) is not None]
        named = (*AGENT_PHRASES, *MANDATE_TEXTS, *AGENT_MENU_TEXTS)
        read = {name: reader.text if name in named else reader.plain for name in wanted}
        return {name: read[name](reader.need(node, name), "phrases", name) for name in wanted}

    def _said_public(self) -> dict[str, frozenset[str]]:
        """For each service the fields that services.yaml itself says to be public."""
        services = self.roots["services.yaml"].get("services")
        classes = {name.text: node.get("classes") for name, node in (services.pairs if services else ())}
        return {
            name: frozenset(key.text for key, value in (node.pairs if node else ()) if value.text == DataClass.PUBLIC)
            for name, node in classes.items()
        }

    def _words(self, reader: Reader, root: Node) -> dict[str, Text]:
        words = reader.pairs(root.get("words"), "`words`")
        return {f"word.{key.text}": reader.plain(value, "words", key.text) for key, value in words}

    def _check_some(self, program: Program, catalogue: Catalogue, built_on: Mapping[str, frozenset[str]]) -> None:
        """What can be checked while something else is missing: of sound programs all but how they hang together, and
        of every file that has no hole itself what it says for all of them.
        """
        holed = holed_files(self.complaints)
        sound = built_on.keys() - Doubt(holed, built_on).programs()
        tight = sound - Doubt(loose_files(self.complaints), built_on).programs()
        takes = {name: frozenset(shape.takes) for name, shape in self.programs.shapes.items()}
        always = {name: _shape(service).always for name, service in catalogue.services.items()}
        for screen, rule, text in check_apart(program, takes, always, sound, tight):
            self.complaints.append(self.programs.places[screen].complaint(rule, text, screen))
        whole = tuple(one for one in program.languages if f"languages/{one}.yaml" not in holed)
        program = replace(program, languages=whole)
        if "pack.yaml" in holed:
            return
        check_house(program, self.roots["pack.yaml"], self.complaints.append)
        if "entrances.yaml" not in holed:
            check_spelling(self.roots["entrances.yaml"], self.complaints.append)
        if "services.yaml" not in holed:
            check_sms(program, catalogue, self.roots["services.yaml"], self.complaints.append)

    def _check(
        self, program: Program, catalogue: Catalogue, tables: Mapping[str, Table], reader: Reader, inputs_max: int
    ) -> None:
        takes = {name: frozenset(shape.takes) for name, shape in self.programs.shapes.items()}
        returning = frozenset(name for name, shape in self.programs.shapes.items() if shape.returns)
        places = self.programs.places
        always = {name: _shape(service).always for name, service in catalogue.services.items()}
        for screen, rule, text in check(program, takes, returning, always, inputs_max):
            node = places[screen]
            if rule == "unreachable" and node.file.startswith("shared/"):
                continue  # a program need not use all that it includes
            self.complaints.append(node.complaint(rule, text, screen))
        gives = {name: frozenset(shape.gives) for name, shape in self.programs.shapes.items()}
        for screen, rule, text in check_privacy(program, catalogue, gives):
            self.complaints.append(places[screen].complaint(rule, text, screen))
        for screen, rule, text in check_typed(program, catalogue.services, tables):
            self.complaints.append(places[screen].complaint(rule, text, screen))
        for screen, rule, text in check_pushed(program, catalogue.services):
            self.complaints.append(places[screen].complaint(rule, text, screen))
        for screen, rule, text in check_confirmed(program, catalogue.services):
            self.complaints.append(places[screen].complaint(rule, text, screen))
        sub_menus = {name for name, shape in self.programs.shapes.items() if shape.takes or shape.returns}
        for screen, rule, text in check_assisted(program, catalogue, self.programs.starts, sub_menus):
            self.complaints.append(places[screen].complaint(rule, text, screen))
        check_agent_steps(program, catalogue, self.roots, self.complaints.append)
        check_questions(program, self.roots["services.yaml"], reader)
        check_house(program, self.roots["pack.yaml"], self.complaints.append)
        check_entrances(program, self.roots["entrances.yaml"], self.complaints.append)
        check_echoes(program, self.roots, self.complaints.append)
        check_sms(program, catalogue, self.roots["services.yaml"], self.complaints.append)
        if program.resumes:
            self._check_resume(program)

    def _check_resume(self, program: Program) -> None:
        """The page that offers a dialogue again, and the text that tells of it, fit in every language."""
        node = self.roots["pack.yaml"].get("phrases") or self.roots["pack.yaml"]
        budget = min(program.budgets.values())
        for language in program.languages:
            page = septets(PREFIX + offer(program, language, "wrong_choice").text)
            text = septets(fill(program.phrases["fell_sms"][language], {}))
            for what, size, most in (
                ("the page of `fell`", page, budget),
                ("`fell_sms`", text, limits.sms_septets_max),
            ):
                if size > most:
                    told = f"{what} is {size - most} septets over its {most} in `{language}`; shorten it"
                    self.complaints.append(node.complaint("too-long", told))


def _shape(service: Service) -> ServiceShape:
    gives = {name: declared(result) for name, result in service.gives.items()}
    house = ALWAYS.get(service.code) if service.code else ALWAYS_GIVES.get(service.kind)
    always = house or frozenset()
    files = service.kind.value == "file"
    given = AGENT_NAMES if service.attests else ()
    return ServiceShape(
        {name: type for name, type in service.takes.items() if name not in given},
        gives,
        always,
        service.refused,
        files,
        service.patience_seconds,
        service.is_certain,
        service.step,
    )


def declared(result: Result) -> Declared:
    """A service's result as an answer is declared."""
    if result.type is not ValueType.LIST:
        return Declared(result.type, result.longest, {})
    fields = {name: declared(field) for name, field in (result.fields or {}).items()}
    letters = result.most * sum(field.longest for field in fields.values())
    return Declared(ValueType.LIST, letters, {}, fields, result.most)


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
