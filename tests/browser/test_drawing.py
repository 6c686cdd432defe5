"""What `mohala menus draw` makes, in a real browser: letters stay in their screens, nothing is fetched or run."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from app.authoring.drawing.chart import chart_of
from app.authoring.drawing.svg import as_svg
from app.compiler.pack import examine
from app.pack_files import read_pack
from tests.compiler.broken import BROKEN, broken
from tests.lands import FLAT

pytestmark = pytest.mark.anyio

LESOTHO = read_pack(FLAT).program
MEASURE = """() => {
  const box = one => {
    const {left, right, top, bottom} = one.getBoundingClientRect()
    return {left, right, top, bottom}
  }
  const inside = (one, other) => one.left >= other.left && one.right <= other.right
    && one.top >= other.top && one.bottom <= other.bottom + 1
  const outside = []
  for (const group of document.querySelectorAll('g.screen, a')) {
    const frame = box(group.querySelector('rect.phone, rect.tag'))
    for (const text of group.querySelectorAll('text:not(.caption)'))
      if (!inside(box(text), frame)) outside.push(text.textContent)
  }
  const texts = [...document.querySelectorAll('text')].map(one => ({said: one.textContent, ...box(one)}))
  const touching = []
  texts.forEach((one, at) => texts.slice(at + 1).forEach(other => {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left)
    const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
    if (across > 1 && down > 4) touching.push([one.said, other.said])
  }))
  return {outside, touching, screens: document.querySelectorAll('g.screen').length}
}"""


def drawings() -> dict[str, tuple[str, int]]:
    pack, complaints = examine(broken(BROKEN / "published-number.yaml")[0])
    assert pack is not None and complaints
    marked = chart_of(pack.program, complaints, "en")
    return {
        "marked": (as_svg(marked, 3), len(pack.program.screens)),
        **{
            language: (as_svg(chart_of(LESOTHO, (), language), 3), len(LESOTHO.screens))
            for language in LESOTHO.languages
        },
    }


@pytest.mark.parametrize("name", ["marked", *LESOTHO.languages])
async def test_letters_stay_in_their_screens_and_apart(browser: Browser, name: str) -> None:
    svg, screens = drawings()[name]
    context = await browser.new_context(viewport={"width": 1300, "height": 900})
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.set_content(svg)
    measured = await page.evaluate(MEASURE)
    await context.close()
    assert measured == {"outside": [], "touching": [], "screens": screens}
    assert asked == []
