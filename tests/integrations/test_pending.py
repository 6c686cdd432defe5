"""What a plain JSON office has taken and not finished, over a socket: looked for, or sent again with its key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.compiler.pack import compile_pack
from app.messages import Status
from integrations.services.http_json import HttpJsonOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Desk, say
from tests.work.conftest import Bench, open_bench
from tests.work.test_stop import APPLY

pytestmark = pytest.mark.anyio

POST = "        path: /births\n"
QUEUED = "        pending: [202, {status: 200, field: status, value: queued}]\n"
FOUND = """      birth-of:
        method: GET
        path: /births/by-key/{key}
        takes: [key]
        results: {application: {from: application, longest: 20}}
        answered: [200]
        pending: [{status: 200, field: status, value: queued}]
        refused: {unknown: {status: 404}}
"""


@pytest.fixture(params=["asked again", "looked for"])
async def bench(
    request: pytest.FixtureRequest, lesotho_sources: dict[str, str], tmp_path: Path, desk: Desk
) -> AsyncIterator[Bench]:
    """The registry is a real adapter before the desk of this test; all other offices are the bench's."""
    services = lesotho_sources["services.yaml"]
    assert services.count(POST) == 1
    found = request.param == "looked for"
    services = services.replace(POST, POST + QUEUED + ("        found_by: birth-of\n" if found else ""))
    if found:
        services = services.replace("      register-birth:\n", f"{FOUND}      register-birth:\n", 1)
    async with open_bench(compile_pack({**lesotho_sources, "services.yaml": services}), tmp_path) as bench:
        entry = bench.pack.catalogue.offices["civil-registry"]
        told = OfficeSettings(entry.name, desk.url, None, entry.operations)
        office = HttpJsonOffice(told, bench.time)
        bench.editions.current.offices["civil-registry"] = office  # type: ignore[index]
        yield bench
        await office.close()


def sent(desk: Desk) -> list[tuple[str, str]]:
    return [(heard.method, heard.headers.get("idempotency-key", "")) for heard in desk.heard]


async def test_what_was_taken_is_done_once_and_told_when_it_is_finished(bench: Bench, desk: Desk, request: Any) -> None:
    desk.will(say(200, {}))
    await bench.dial(*APPLY)
    desk.heard.clear()
    desk.will(*(say(200, {"status": "queued"}) for _ in range(3)), say(200, {"application": "CR-1"}))
    for _ in range(6):
        await bench.work(1)
        bench.time.now += timedelta(seconds=30)
    (key,) = {key for method, key in sent(desk) if method == "POST"}
    methods = [method for method, _ in sent(desk)]
    if "looked for" in request.node.name:
        assert methods == ["POST", "GET", "GET", "GET"], "sent once, and looked for by its key"
        assert all(heard.path.endswith(key.replace(":", "%3A")) for heard in desk.heard[1:])
    else:
        assert methods == ["POST"] * 4, "the office knows it by its key"
    found = await bench.database.ledger.request(key.rpartition(":")[0])
    assert found is not None and found.results["application"] == "CR-1" and found.stage == 1
    assert found.status is not Status.REJECTED
    assert await bench.database.shelf.page() == []
