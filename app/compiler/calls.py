"""Call screens: a service from the catalogue, its arguments and results, and a way for each outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app import limits
from app.compiler.arguments import Arguments
from app.compiler.known import meant
from app.compiler.later import reason_for
from app.compiler.mandates import begun, check_asked
from app.compiler.scope import Scope
from app.compiler.shapes import ServiceShape
from app.compiler.source import Node
from app.compiler.ways import Ways
from app.engine.branches import Way
from app.engine.program import CallScreen
from app.house_services import MandateStep
from app.mandate import Unmandated


@dataclass(frozen=True, slots=True)
class Calls:
    scope: Scope
    arguments: Arguments
    ways: Ways
    services: Mapping[str, ServiceShape]

    def read(self, name: str, key: str, node: Node) -> CallScreen | None:
        service_node = self.scope.reader.need(node, "call", key)
        service = self.services.get(self.scope.reader.scalar(service_node))
        if service is None:
            told = f"`{service_node.text}` is not in services.yaml; {meant(service_node.text, self.services)}"
            self.scope.wrong(service_node, "unknown-service", told, key)
            return None
        self.arguments.check(node, service.takes, key, service.files)
        begins = service.step is MandateStep.BEGIN
        answered = begun(self.scope, node, key) if begins else self.ways.read(node.get("answered"), key, "answered")
        refused = self._refusals(node, service, key)
        late, down = (self._outcome(node, service, key, outcome, answered) for outcome in ("late", "down"))
        if isinstance(service.step, MandateStep):
            check_asked(self.scope, node, key)
        if begins:
            late = down = refused.get(Unmandated.EXPIRED, answered)
        return CallScreen(
            name,
            service_node.text,
            self.arguments.read(node.get("with"), key),
            self.scope.results(node.get("results"), service.gives, "the service", key),
            answered,
            refused,
            late,
            down,
            service.files,
            self._patience(node.get("patience_s"), service, key),
            service.certain,
            begins,
        )

    def _outcome(self, node: Node, service: ServiceShape, key: str, outcome: str, answered: Way) -> Way:
        written = node.get(outcome)
        if service.files or service.certain:
            if written is not None:
                told = f"filing is never {outcome}: the request is written down and carried out later; remove it"
                if service.certain:
                    told = f"the house itself answers and is never {outcome}; remove it"
                self.scope.wrong(written, "unknown-outcome", told, key)
            return answered
        if written is None:
            told = f"the office may be {outcome}; say where it goes in `{outcome}`"
            self.scope.wrong(node, "uncovered-outcome", told, key)
        return self.ways.read(written, key, outcome)

    def _patience(self, node: Node | None, service: ServiceShape, key: str) -> float | None:
        if node is None:
            return None
        seconds = self.scope.reader.seconds(node, service.patience_seconds)
        if seconds > limits.turn_soft_seconds:
            told = f"is longer than a turn may take; {limits.turn_soft_seconds} at most"
            self.scope.wrong(node, "wrong-shape", told, key)
        return seconds

    def _refusals(self, node: Node, service: ServiceShape, key: str) -> dict[str, Way]:
        refusals = {
            reason.text: self.ways.read(target, key, reason.text)
            for reason, target in self.scope.reader.pairs(node.get("refused"), "`refused`")
        }
        written = tuple(refusals)
        for reason in sorted(set(service.refused) - set(refusals)):
            nearest = reason_for(reason, written) if self.scope.reader.is_published else None
            if nearest is not None:
                refusals[reason] = refusals[nearest]
                continue
            self.scope.wrong(node, "uncovered-outcome", f"the service may refuse: `{reason}`; say where it goes", key)
        for reason in sorted(set(refusals) - set(service.refused)):
            self.scope.wrong(node, "unknown-outcome", f"the service never refuses with `{reason}`; remove it", key)
        return refusals
