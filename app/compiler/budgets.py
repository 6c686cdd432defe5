"""Proves that pages fit: the worst that each screen can become, in every language, and how many pages it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import product

from app import limits
from app.compiler.graph import Finding
from app.compiler.notices import Notices
from app.compiler.pieces import worst_piece
from app.compiler.worst import WIDE, Worst, together, worst_of, worst_text
from app.engine.pages import (
    PREFIX,
    back_lines,
    entry_keys,
    leaf,
    more_lines,
    option_line,
    own_lines,
    words,
)
from app.engine.program import (
    Ask,
    CallScreen,
    Choose,
    Confirm,
    Declared,
    End,
    Listing,
    PageScreen,
    Pick,
    Program,
    program_of,
)
from app.values.inputs import problem_of
from app.values.rules import Text, ValueType
from app.values.text import SEPTET_BITS, UCS2_UNIT_BITS, fill, is_wide, septets, slots, utf16_units

Shown = Ask | Choose | Confirm | PageScreen | Pick | End


def check_budgets(program: Program, programs: Set[str]) -> Iterator[Finding]:
    """Every screen of some programs that can become longer than a page, or more pages than are allowed."""
    notices = Notices(program)
    said = {language: notices.worst(language) for language in program.languages}
    budget = min(program.budgets.values())
    for screen in program.screens.values():
        if isinstance(screen, CallScreen) or program_of(screen.name) not in programs:
            continue
        complaints = _complaints(program, screen)
        for language in program.languages:
            yield from _Sheet(
                program, screen, said[language].get(screen.name, ()), complaints, language, budget
            ).check()


def _complaints(program: Program, screen: Shown) -> list[Text]:
    """What may be said on top of a screen when an input was wrong."""
    if isinstance(screen, End):
        return []
    texts = [screen.help.say] if screen.help and screen.help.say else []
    if not isinstance(screen, Ask):
        return [*texts, program.phrases["wrong_choice"]]
    texts += [program.phrases[problem_of(screen.rule.type)], *(must.say for must in screen.rule.must)]
    texts += [program.phrases["not_in_list"]] if screen.rule.one_of else []
    return texts + ([program.phrases["not_same"]] if screen.rule.again else [])


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One screen in one language; `budget` in septets, the prefix of the wire included.

    `said` may stand on top when it is entered, `complaints` when an input was wrong.
    """

    program: Program
    screen: Shown
    said: Sequence[Worst]
    complaints: Sequence[Text]
    language: str
    budget: int

    def check(self) -> Iterator[Finding]:
        name, language = self.screen.name, self.language
        notice = self._notice
        over = together([notice, *self._parts()], _lines).behind(PREFIX) - self.budget
        if over > 0:
            yield name, "too-long", f"can be {over} septets over its {self.budget} in `{language}`; shorten it"
        pages = self._pages()
        if pages > limits.pages_max:
            told = f"can be {pages} pages in `{language}`, {limits.pages_max} are allowed; shorten or split it"
            yield name, "too-many-pages", told
        help = worst_of(fill(text, {}) for text in self.program.phrases["sms_help"].values())
        over = together([notice, help], _lines).septets - limits.sms_reply_septets_max
        if self.program.keywords and over > 0:
            told = f"its notice and `sms_help` can be {over} septets over the {limits.sms_reply_septets_max} of an SMS"
            yield name, "too-long", f"{told} in `{language}`; shorten one of them"

    @property
    def _names(self) -> Mapping[str, Declared]:
        return self.program.names[program_of(self.screen.name)]

    @property
    def _notice(self) -> Worst:
        worst = (*self.said, *map(self._worst, self.complaints))
        return worst_of(text for one in worst for text in one.texts)

    def _worst(self, text: Text) -> Worst:
        return worst_text(text[self.language], self._names, self.program, self.language)

    @property
    def _back(self) -> tuple[str, ...]:
        return back_lines(self.program, self.language)

    @property
    def _last(self) -> tuple[str, ...]:
        """What stands below the last page, or the only one."""
        screen = self.screen
        ends = isinstance(screen, End) or (isinstance(screen, PageScreen) and not screen.to)
        return () if ends else (*own_lines(self.program, screen, self.language), *self._back)

    @property
    def _more(self) -> tuple[str, ...]:
        return (*more_lines(self.program, self.language), *self._back)

    def _parts(self) -> list[Worst]:
        """What stands below the notice on the worst page: of one in pages, a single unit and the worse of both feet."""
        screen = self.screen
        last = _lines(self._last)
        if isinstance(screen, Ask | Confirm | End):
            texts = [screen.text] + ([screen.rule.again] if isinstance(screen, Ask) and screen.rule.again else [])
            return [worst_of(text for one in texts for text in self._worst(one).texts), worst_of([last])]
        feet = worst_of([last, _lines(self._more)])
        if isinstance(screen, PageScreen) and screen.listing is None:
            return [self._word(), feet]
        units = worst_of(unit for units in self._unit_lists(screen) for unit in units)
        return [self._worst(screen.text), units, feet]

    def _unit_lists(self, screen: Choose | PageScreen | Pick) -> list[list[str]]:
        """The options or the lines of a list, in each way in which they can be at their worst."""
        if isinstance(screen, Choose):
            return [[option_line(option, self.language) for option in screen.listed()]]
        assert screen.listing is not None, "a text has words"
        return [self._list_lines(screen, screen.listing, line) for line in self._line(screen.listing)]

    def _line(self, listing: Listing) -> list[str]:
        declared = self._names.get(listing.name, Declared(ValueType.LIST, 0, {}))
        line = worst_text(listing.line[self.language], declared.fields or {}, self.program, self.language)
        # One short wide line makes a page of long narrow ones wide.
        mixed = line.wide is not None and not is_wide(line.longest)
        return [*line.texts, *([WIDE * utf16_units(line.longest)] if mixed else [])]

    def _list_lines(self, screen: PageScreen | Pick, listing: Listing, line: str) -> list[str]:
        most = self._names.get(listing.name, Declared(ValueType.LIST, 0, {})).most
        if isinstance(screen, PageScreen):
            return [line or "-"] * most
        return [f"{key}. {line or '-'}" for key in entry_keys(self.program, most)]

    def _word(self) -> Worst:
        """The worst piece of a long text that is not split."""
        template = self.screen.text[self.language]
        if not slots(template):
            return worst_of(word.rstrip() for text in self._worst(self.screen.text).texts for word in words(text))
        return worst_piece(template, self._names, self.program, self.language)

    def _pages(self) -> int:
        """The most pages that are turned, a notice on the first of them; a wrong input on another may make more."""
        screen = self.screen
        if isinstance(screen, Ask | Confirm | End):
            return 1
        if isinstance(screen, PageScreen) and screen.listing is None:
            if slots(screen.text[self.language]):
                return self._text_pages()
            units = words(self._worst(screen.text).longest)
            return max(self._turned(notice, units, "") for notice in self._notice.texts)
        tops = together([self._notice, self._worst(screen.text)], _lines).texts
        turned = (self._turned(top, units, "\n") for top, units in product(tops, self._unit_lists(screen)))
        return max(turned, default=1)

    def _turned(self, top: str, units: Sequence[str], glue: str) -> int:
        pages, start = 0, 0
        while pages <= limits.pages_max:
            page = leaf(("" if start else top,), units, glue, start, self._last, self._more, self.budget, PREFIX)
            pages += 1
            start = page.following
            if not start:
                break
        return pages

    def _text_pages(self) -> int:
        """A page that is not the last may waste all but a letter of the worst word, wherever the values put it."""
        text, word = self._worst(self.screen.text), self._word()
        feet = [_lines(self._last), _lines(self._more)]
        whole = together([self._notice, text], _lines)
        if whole.wide is not None or any(map(is_wide, feet)):
            cost, room = utf16_units, self.budget * SEPTET_BITS // UCS2_UNIT_BITS
            size, waste = cost(whole.longest), cost(word.longest)
        else:
            cost, room = septets, self.budget
            size, waste = cost(whole.narrow or ""), cost(word.narrow or "")
        free = room - cost(PREFIX) - max(cost(foot) + bool(foot) for foot in feet)
        return 1 + (size - 1) // max(1, free - waste + 1)


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(filter(None, texts))
