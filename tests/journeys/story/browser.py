"""The story's pages in a real Chromium: a moderator with a passkey, and a newcomer at the start page.

Each step is a function of a page, and every page that is visited has to pass axe and fit a telephone.
"""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.browser import check_accessible, check_fits, picture
from tests.journeys.server_process import RunningServer, parley
from tests.journeys.waiting import until

FACTS = "The channel offers forged identity papers and controlled drugs for sale in twenty posts."
_LINK = re.compile(r"/desk/enrol/[\w-]+")


async def invited(server: RunningServer, name: str, role: str) -> str:
    """The operator adds a person on the command line; gives the enrolment link as a browser opens it."""
    code, said = await parley("staff", "add", name, "--role", role, "--data-dir", str(server.data_dir))
    assert code == 0, said
    found = _LINK.search(said)
    assert found, said
    return f"{server.url}{found.group(0)}"


async def looked_at(page: Page, name: str) -> None:
    """Look at the page as it stands: accessible, no wider than a telephone, pictured where pictures are kept."""
    await check_accessible(page)
    await check_fits(page)
    await picture(page, f"story-{name}")


async def enrols_and_signs_in(page: Page, server: RunningServer, link: str, name: str) -> None:
    """Enrol a passkey behind the one-time link, sign out, and sign in with it again."""
    home = page.get_by_role("heading", name=f"Good to see you, {name}")
    await page.goto(link)
    await looked_at(page, "enrol")
    await page.get_by_role("button", name="Create my passkey").click()
    await expect(home).to_be_visible()
    await looked_at(page, "home")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_have_text("You are signed out.")
    await page.goto(link)
    await expect(page.get_by_role("button", name="Create my passkey")).to_have_count(0)
    await page.goto(f"{server.url}/desk")
    await looked_at(page, "sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(home).to_be_visible()


async def finds_the_case(page: Page, server: RunningServer, title: str) -> None:
    """Walk from the desk's home by its links to the queue, and from there to the case."""
    await page.get_by_role("main").get_by_role("link", name=re.compile("^Moderation")).click()
    await expect(page.get_by_role("heading", level=1, name="Moderation")).to_be_visible()
    await looked_at(page, "moderation")
    await page.get_by_role("link", name="Illegal goods").click()
    await looked_at(page, "queue")
    await _comes(page, page.get_by_role("link", name=title))
    await page.get_by_role("link", name=title).click()
    await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


async def reads_the_case(page: Page) -> None:
    """The case holds the report, the reported term and the machine's signal; the content is covered at first.

    The term and the signal join it a moment after they were sent and the posts published.
    """
    for part in (
        page.get_by_role("cell", name="Drugs", exact=True),
        page.get_by_text("search term “discreet papers”"),
    ):
        await _comes(page, part)
    await expect(page.get_by_role("cell", name="Drugs", exact=True)).to_be_visible()
    await expect(page.get_by_text("search term “discreet papers”")).to_be_visible()
    await expect(page.get_by_text("No machine flagged this")).to_have_count(0)
    await expect(page.get_by_text("Take the case to see the content.")).to_be_visible()
    await looked_at(page, "case-free")
    await page.get_by_role("button", name="Take this case").press("Enter")
    await expect(page.get_by_text("passport for sale")).to_have_count(0)
    await page.get_by_role("button", name="Show the content").press("Enter")
    await expect(page.get_by_text("passport for sale").first).to_be_visible()
    await looked_at(page, "case")


async def _comes(page: Page, part: Locator) -> None:
    """Load the page again until something stands on it that the server puts there by itself."""

    async def stands() -> bool:
        if await part.count():
            return True
        await page.reload()
        return False

    await until(stands, what=str(part))


async def decides_by_keyboard(page: Page) -> None:
    """Fill the form of the decision without a mouse, preview the statement, and decide."""
    await page.get_by_label("Policy").focus()
    await page.keyboard.type("Illegal goods")
    for label in ("Hide from search", "Remove the posts", "Suspend"):
        await _tab_to(page, label)
        await page.keyboard.press("Space")
    await _tab_to(page, "Length of a suspension")
    await page.keyboard.type("30 days")
    await _tab_to(page, "Facts")
    await page.keyboard.type(FACTS)
    await _tab_to(page, "Preview the statement")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Preview of the statement of reasons")).to_be_visible()
    await expect(page.get_by_role("region", name="Statement for the owner")).to_contain_text(FACTS)
    for label in ("Hide from search", "Remove the posts", "Suspend"):
        await expect(page.get_by_label(label, exact=True)).to_be_checked()
    await looked_at(page, "preview")
    await page.get_by_label("Facts").focus()
    await _tab_to(page, "Decide")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Statements of reasons")).to_be_visible()
    await looked_at(page, "decided")


async def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus, as a person without a mouse does."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate(_FOCUSED) == name:
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")


_FOCUSED = """() => {
    const at = document.activeElement;
    const words = at.labels && at.labels.length ? at.labels[0] : at;
    return words.textContent.replace("(optional)", "").trim();
}"""


async def reads_the_start_page(page: Page, server: RunningServer) -> None:
    """A newcomer sees what this is and how to connect, and copies a snippet with one click."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    await page.goto(server.url)
    await expect(
        page.get_by_text("No internet address is kept until two custodians have enrolled.")
    ).to_be_visible()
    await expect(page.get_by_role("region", name="The server's public key")).to_contain_text("BEGIN RSA PUBLIC KEY")
    for title in ("Telethon", "kurigram", "mtcute"):
        block = page.get_by_role("region", name=f"{title} example")
        if not await block.is_visible():
            await page.locator("summary", has_text=title).click()
        await expect(block).to_contain_text(str(server.mtproto_port))
        code = (await block.text_content() or "").strip()
        await block.locator("xpath=..").get_by_role("button", name="Copy").click()
        await expect(block.locator("xpath=..").get_by_role("button", name="Copied")).to_be_visible()
        assert (await page.evaluate("navigator.clipboard.readText()")).strip() == code
    await looked_at(page, "start")
