"""A list of 1,000 rows is scrolled from end to end and back in four seconds.

The aim is 60 frames/s on a desk's machine. A busy machine without a graphics card does
not reach it whatever is drawn, so the figures are printed and only half of it is demanded.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.e2e.suite import Suite, percentile

ROWS = 1_000
# Scrolls to the end and back in steps, one for each frame; answers with the length of each.
SCROLL = """async (box) => {
    const times = [];
    let before = await new Promise(requestAnimationFrame);
    const steps = 240, length = box.scrollHeight - box.clientHeight;
    for (let step = 1; step <= steps; step += 1) {
        const part = step <= steps / 2 ? step : steps - step;
        box.scrollTop = (length * part) / (steps / 2);
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    return times;
}"""
GRID = "main [role=grid]"
SCROLLER = """() => {
    let box = document.querySelector('main [role=row] a');
    while (box && !(box.scrollHeight > box.clientHeight + 100
        && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
    return box;
}"""


@pytest.mark.slow
@pytest.mark.parametrize("visit", ["en", "fa"], indirect=True)
def test_a_thousand_rows_are_scrolled_and_few_are_drawn(
    visit: Visit, suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    page, api = visit.page, suite.api()
    # The list of a suite that other tests have filled is as long as it has to be.
    have = int(api.get("/v1/companies", pageSize=1, countTotal=True).get("totalSize", 0))
    for index in range(have, ROWS):
        api.post("/v1/companies", {"name": f"Scrolled {index}", "industry": "food"})
    visit.sign_in()
    visit.go("/companies")
    expect(page.locator(GRID)).to_be_visible()
    # Once to the end, so that all pages are known.
    known = "() => Number(document.querySelector('main [role=grid]').ariaRowCount)"
    for _ in range(100):
        if page.evaluate(known) > ROWS:
            break
        page.evaluate(f"() => {{ ({SCROLLER})().scrollTop = 1e7; }}")
        page.wait_for_timeout(150)
    assert page.evaluate(known) > ROWS
    box = page.evaluate_handle(SCROLLER)
    # Whatever else the machine does only makes it slower: the best of three counts.
    times = min((sorted(box.evaluate(SCROLL)) for _ in range(3)), key=sum)
    mean = sum(times) / len(times)
    late = sum(time > 34 for time in times)
    drawn = page.locator("main [role=row]").count()
    with capsys.disabled():
        print(
            f"\n{ROWS} rows in {visit.words.language}: {1000 / mean:.0f} frames/s, "
            f"p95 {percentile(times, 0.95):.0f} ms, longest {times[-1]:.0f} ms, "
            f"{late} of {len(times)} frames late, {drawn} rows drawn"
        )
    assert drawn < 100
    assert mean < 1000 / 30
