"""The survey: some of those who were served are asked by SMS whether they would have travelled without this service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.editions import Editions
from app.errands import Errand, ErrandKind
from app.keys import Keyring
from app.messages import Job
from app.privacy import Basis
from app.questions import Question, question_job
from app.values.text import fill

KIND = "travel"
YES, NO = "1", "2"
ASKED_ABOUT = (ErrandKind.ENDED, ErrandKind.STATUS)
"""What somebody is asked about; of every other errand nothing is known, so nothing is claimed."""


def about(kind: str, service: str) -> str:
    return f"{kind} {service}"


class Surveys:
    """Draws whom to ask, by the rules of the menus that are current. `fraction` is a random number from 0 to 1."""

    def __init__(self, editions: Editions, keyring: Keyring, fraction: Callable[[], float]) -> None:
        self._editions = editions
        self._keyring = keyring
        self._fraction = fraction

    def draw(self, errand: Errand, msisdn: str, language: str, now: datetime) -> tuple[Job, ...]:
        """The job that asks, if it is this one's lot. Its id leads to no request, so no answer is joined to one."""
        pack = self._editions.current.pack
        survey, program = pack.survey, pack.program
        service = pack.catalogue.services.get(errand.service)
        if service is not None and service.attests is not None:
            return ()  # an agent's own work spares nobody a way
        if survey is None or errand.kind not in ASKED_ABOUT or self._fraction() * survey.one_in >= 1:
            return ()
        purpose = pack.catalogue.purposes[survey.purpose]
        question = Question(
            id=f"question:{self._keyring.hash('survey', errand.id).hex()}",
            kind=KIND,
            msisdn=msisdn,
            text=fill(program.phrases["travel_question"][program.language_or_base(language)], {}),
            about=about(errand.kind, errand.service),
            allowed=(YES, NO),
            apart_days=survey.days,
            from_hour=survey.from_hour,
            to_hour=survey.to_hour,
            purpose=purpose.mark if purpose.basis is Basis.CONSENT else "",
        )
        return (question_job(question, now),)
