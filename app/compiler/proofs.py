"""What a linked pack is proven of: every check that sees all its programs, and the fewer that bear a hole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app import limits
from app.catalogue import Catalogue
from app.compiler.agent_steps import check_agent_steps
from app.compiler.assisted import check_assisted
from app.compiler.catalogue_pay import check_pushed, check_typed
from app.compiler.catalogue_shapes import always_of
from app.compiler.checks import check, check_apart
from app.compiler.entrances import check_echoes, check_entrances, check_spelling
from app.compiler.graph import Finding
from app.compiler.holes import Doubt, holed_files, loose_files
from app.compiler.house import check_house
from app.compiler.programs import Programs
from app.compiler.purposes import check_privacy, check_questions
from app.compiler.push_services import check_confirmed
from app.compiler.reader import Reader
from app.compiler.sms_words import check_sms
from app.compiler.source import Complain, Node
from app.engine.pages import PREFIX
from app.engine.program import Program
from app.engine.resuming import offer
from app.errors import Complaint
from app.lookups import Table
from app.values.text import fill, septets


@dataclass(frozen=True, slots=True)
class Proof:
    """`roots` are the roots of the pack's files by their paths; what does not hold is complained of."""

    program: Program
    catalogue: Catalogue
    programs: Programs
    roots: Mapping[str, Node]
    complain: Complain

    def of_whole(self, tables: Mapping[str, Table], reader: Reader, inputs_max: int) -> None:
        """All that a pack without holes has to hold; an end is reached within `inputs_max` inputs."""
        program, catalogue = self.program, self.catalogue
        for screen, rule, text in self._findings(tables, inputs_max):
            node = self.programs.places[screen]
            if rule == "unreachable" and node.file.startswith("shared/"):
                continue  # a program need not use all that it includes
            self.complain(node.complaint(rule, text, screen))
        check_agent_steps(program, catalogue, self.roots, self.complain)
        check_questions(program, self.roots["services.yaml"], reader)
        check_house(program, self.roots["pack.yaml"], self.complain)
        check_entrances(program, self.roots["entrances.yaml"], self.complain)
        check_echoes(program, self.roots, self.complain)
        check_sms(program, catalogue, self.roots["services.yaml"], self.complain)
        if program.resumes:
            self._check_resume()

    def of_sound(self, complaints: list[Complaint], built_on: Mapping[str, frozenset[str]]) -> None:
        """What can be checked while something else is missing: of sound programs all but how they hang together, and
        of every file that has no hole itself what it says for all of them.
        """
        program, catalogue = self.program, self.catalogue
        holed = holed_files(complaints)
        sound = built_on.keys() - Doubt(holed, built_on).programs()
        tight = sound - Doubt(loose_files(complaints), built_on).programs()
        for screen, rule, text in check_apart(program, self._takes(), always_of(catalogue), sound, tight):
            self.complain(self.programs.places[screen].complaint(rule, text, screen))
        whole = tuple(one for one in program.languages if f"languages/{one}.yaml" not in holed)
        program = replace(program, languages=whole)
        if "pack.yaml" in holed:
            return
        check_house(program, self.roots["pack.yaml"], self.complain)
        if "entrances.yaml" not in holed:
            check_spelling(self.roots["entrances.yaml"], self.complain)
        if "services.yaml" not in holed:
            check_sms(program, catalogue, self.roots["services.yaml"], self.complain)

    def _findings(self, tables: Mapping[str, Table], inputs_max: int) -> Iterator[Finding]:
        """What is wrong with single screens."""
        program, catalogue, shapes = self.program, self.catalogue, self.programs.shapes
        returning = frozenset(name for name, shape in shapes.items() if shape.returns)
        yield from check(program, self._takes(), returning, always_of(catalogue), inputs_max)
        gives = {name: frozenset(shape.gives) for name, shape in shapes.items()}
        yield from check_privacy(program, catalogue, gives)
        yield from check_typed(program, catalogue.services, tables)
        yield from check_pushed(program, catalogue.services)
        yield from check_confirmed(program, catalogue.services)
        sub_menus = {name for name, shape in shapes.items() if shape.takes or shape.returns}
        yield from check_assisted(program, catalogue, self.programs.starts, sub_menus)

    def _takes(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(shape.takes) for name, shape in self.programs.shapes.items()}

    def _check_resume(self) -> None:
        """The page that offers a dialogue again, and the text that tells of it, fit in every language."""
        program = self.program
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
                    self.complain(node.complaint("too-long", told))
