"""What an SMS about a request says: in the language of the filing, and in the words of the menus it was filed under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from app.agent_phrases import say
from app.cases import Case, tell_job
from app.editions import known_points
from app.engine.rendering import show
from app.mandate import Mandate
from app.messages import Filing, Job, OutgoingSms
from app.values.text import fill, slots

ASSISTED = "assisted"
"""The occasion on which a citizen is told that an agent has filed for them, which no service need have a text for."""


def text_of(case: Case, occasion: str, spoken: str, said: Mapping[str, str]) -> str:
    """The text of an occasion for which its service has one, in the language `spoken` or the base.

    `said` is how the request stood then, where it may stand otherwise by now, as `Requests.letter` has it.
    """
    request, program = case.request, case.edition.program
    language = program.language_or_base(spoken)
    template = case.service.sms[occasion][language]
    declared = case.service.sms_names
    values = {
        **request.answers,
        **case.receipt(),
        **(msgspec.json.decode(said["results"], type=dict[str, str]) if "results" in said else request.results),
        "status": said.get("status", request.status.value),
        "reason": request.reason,
        "reference": request.reference,
        "promised": said.get("promised", ""),
        **_at_point(case),
    }
    shown = {
        slot: show(program, declared.get(slot.name), values.get(slot.name, ""), language, slot.format)
        for slot in slots(template)
    }
    return fill(template, shown)


def assisted_job(filing: Filing, mandate: Mandate) -> Job:
    job = tell_job(filing.id, ASSISTED, filing.at)
    said = {"agent": mandate.agent, "point": mandate.point, "program": mandate.program}
    return replace(job, payload={**job.payload, **said})


def assisted_letter(case: Case, said: Mapping[str, str]) -> OutgoingSms:
    """In the words of the menus by which it was filed."""
    program, request = case.edition.program, case.request
    language = program.language_or_base(request.language)
    points = known_points(case.edition) or {}
    text = say(
        program, "mandate_filed", language, agent=said["agent"], point=points.get(said["point"], said["point"]),
        service=fill(program.assisted[said["program"]][language], {}), reference=request.reference,
    )  # fmt: skip
    return OutgoingSms(request.msisdn, text)


def title_of(case: Case, language: str) -> str:
    return fill(case.service.title[case.edition.program.language_or_base(language)], {})


def _at_point(case: Case) -> Mapping[str, str]:
    """The point of an agent who attested something, as people call it."""
    point = case.request.answers.get("point", "") if case.service.attests else ""
    return {"point": (known_points(case.edition) or {}).get(point, point)} if point else {}
