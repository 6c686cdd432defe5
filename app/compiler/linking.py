"""The programs of a pack, its entrances and its phrases, linked to one Program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.agent_phrases import AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS
from app.catalogue import Catalogue
from app.compiler.agent_steps import is_of_agents
from app.compiler.assisted import read_titles
from app.compiler.catalogue_shapes import said_public, shapes_of
from app.compiler.country import CountryReader
from app.compiler.entrances import Entrances, read_entrances
from app.compiler.later import with_phrases
from app.compiler.masks import hidden_names, masked_names
from app.compiler.phrases import HOUSE_PHRASES, read_phrases, read_words, refuse_other_phrases, wide_languages
from app.compiler.programs import Programs
from app.compiler.purposes import read_consents
from app.compiler.reader import Reader
from app.compiler.shapes import Country
from app.compiler.source import Node
from app.compiler.survey import read_survey
from app.engine.program import Program, Resume
from app.pack import (
    CODE_PHRASES,
    CONSENT_PHRASES,
    LANGUAGE_PHRASES,
    MANDATE_PHRASES,
    PHRASES,
    RESUME_PHRASES,
    SURVEY_PHRASES,
    Survey,
)
from app.values.rules import Text


@dataclass(frozen=True, slots=True)
class Linked:
    """A Program and what was learned of it while it was linked."""

    program: Program
    programs: Programs
    survey: Survey | None


@dataclass(frozen=True, slots=True)
class Linker:
    """`roots` are the roots of the pack's files by their paths, `unread` those that stand for one that cannot be read.
    `told` is what `country` says for all programs, `spoken` are phrases that were read before.
    """

    reader: Reader
    roots: Mapping[str, Node]
    unread: frozenset[str]
    catalogue: Catalogue
    country: CountryReader
    told: Country
    spoken: Mapping[str, Text]

    def link(self, languages: tuple[str, ...], version: str) -> Linked:
        """`version` is that of the pack's sources."""
        reader, root, country, services = self.reader, self.roots["pack.yaml"], self.country, self.catalogue.services
        programs = Programs(reader, self.roots, shapes_of(self.catalogue), self.told, self.catalogue.opens)
        screens = programs.compile()
        entrances = read_entrances(
            self.roots["entrances.yaml"], reader, programs.starts, programs.shapes, programs.places
        )
        back, home, more = country.keys()
        resumes = programs.resumes()
        consents = read_consents(programs.roots, self.catalogue.purposes, reader)
        survey = self._survey(entrances)
        titles = read_titles(programs.roots, reader)
        asked = self._asked(entrances, resumes, bool(consents), bool(titles), survey)
        phrases = self._phrases(asked)
        program = Program(
            pack=reader.scalar(root.get("pack")), version=version, base=languages[0], languages=languages,
            screens=screens, names=programs.names, visits=programs.visits,
            codes=entrances.codes, keywords=entrances.keywords, bare_reference=entrances.bare_reference,
            bare_bill=entrances.bare_bill, phrases=phrases,
            formats=self.told.formats, back_key=back, home_key=home, more_key=more,
            currency=self.told.currency, country=reader.scalar(root.get("country")), budgets=country.budgets(),
            wide=wide_languages(languages, screens, phrases), resumes=resumes, timezone=country.timezone(),
            opens=programs.opens_read, code_words=entrances.code_words, consents=consents,
            withdraws=entrances.withdraws, helps=entrances.helps, speaks=entrances.speaks,
            agent_words=entrances.agents, language_words=country.language_words(),
            agent_codes=entrances.agent_codes, assisted=titles,
            masked=masked_names(screens, services, said_public(self.roots["services.yaml"])) if titles else {},
            hidden=hidden_names(screens, services, programs.names, resumes) if resumes else {},
            spelling=reader.spelling,
        )  # fmt: skip
        return Linked(program, programs, survey)

    def _survey(self, entrances: Entrances) -> Survey | None:
        reader = self.reader
        purposes = None if "services.yaml" in self.unread else self.catalogue.purposes
        survey = read_survey(self.roots["pack.yaml"], purposes, entrances.withdraws, reader)
        topics = self.roots["services.yaml"].get("topics")
        if topics is not None and not entrances.withdraws and "entrances.yaml" not in self.unread:
            remedy = "nobody could take it back; add `withdraw: [STOP]` to entrances.yaml"
            reader.wrong(topics, "missing-consent", remedy)
        return survey

    def _asked(
        self, entrances: Entrances, resumes: Mapping[str, Resume], consents: bool, assists: bool, survey: Survey | None
    ) -> tuple[str, ...]:
        """The phrases besides the usual ones that what this pack does makes the house say."""
        return (
            *(RESUME_PHRASES if resumes else ()),
            *(CODE_PHRASES if entrances.code_words else ()),
            *(LANGUAGE_PHRASES if entrances.speaks else ()),
            *(CONSENT_PHRASES if consents or entrances.withdraws else ()),
            *(AGENT_PHRASES if entrances.agents else ()),
            *((*MANDATE_TEXTS, *MANDATE_PHRASES) if assists else ()),
            *(AGENT_MENU_TEXTS if is_of_agents(self.catalogue) else ()),
            *(SURVEY_PHRASES if survey else ()),
        )

    def _phrases(self, asked: tuple[str, ...]) -> dict[str, Text]:
        reader, root = self.reader, self.roots["pack.yaml"]
        refuse_other_phrases(reader, root)
        read = read_phrases(reader, root, HOUSE_PHRASES, {*PHRASES, *asked})
        if reader.is_published:
            read = with_phrases(read, (*PHRASES, *asked))
        return {**read, **self.spoken, **read_words(reader, root)}
