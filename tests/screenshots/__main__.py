"""`python -m screenshots`: every page, both languages, into `build/screenshots/`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from main_job.client import Client
from main_job.house import House
from renkei_web.portal.addresses import PATHS, address
from support import paths
from support.mail import MailSink

FOLDER = paths.ROOT / "build" / "screenshots"
DESKTOP, PHONE = 1280, 360
# What is no page: a fragment and a file.
NOT_PAGES = {"inbox_count", "receipt_json"}
# Who looks at a page; everybody where it is not named.
ROLES = {
    "concept_new": "ministry",
    "call_new": "ministry",
    "call_edit": "ministry",
    "proposals": "researcher",
    "proposal": "researcher",
    "proposal_edit": "researcher",
    "proposal_confirm": "researcher",
    "receipt": "researcher",
    "brief_new": "analyst",
    "brief_edit": "analyst",
    "brief_access": "analyst",
    "brief_preview": "analyst",
    "audit": "administrator",
    "groups": "analyst",
    "group_new": "analyst",
    "group": "analyst",
    "consents": "firm",
    "account": "firm",
    "account_address": "firm",
    "accounts": "admin",
    "prove_again": "firm",
    "inbox": "firm",
    "follows": "firm",
}
HOMES = ("researcher", "office", "firm", "ministry", "analyst", "reviewer", "administrator")


def known(house: House) -> dict[str, dict[str, str]]:
    """What fills the paths: codes and numbers of sample records."""
    firm = Client(house.url, role="firm").ask(
        "{ calls(filter: {status: [OPEN]}) { nodes { code } } briefs { nodes { code } }"
        " organizations { nodes { id } } }"
    )
    ministry = Client(house.url, role="ministry").ask(
        "{ calls(filter: {status: [DRAFT]}) { nodes { code } } }"
    )
    analyst = Client(house.url, role="analyst").ask(
        "{ briefs { nodes { code status viewerCan { share { allowed } } } }"
        " sharingGroups { nodes { id } } }"
    )
    researcher = Client(house.url, role="researcher").ask(
        "{ proposals { nodes { number status receipt { number } } } }"
    )
    drafts = [one for one in researcher["proposals"]["nodes"] if one["status"] == "DRAFT"]
    sent = [one for one in researcher["proposals"]["nodes"] if one["receipt"]]
    found: dict[str, dict[str, str]] = {
        "area": {"code": "A20-ROBO"},
        "call": {"code": firm["calls"]["nodes"][0]["code"]},
        "brief": {"code": firm["briefs"]["nodes"][0]["code"]},
        "organization": {"id": firm["organizations"]["nodes"][0]["id"]},
        "search": {"q": "無人機"},
    }
    for one in analyst["briefs"]["nodes"]:
        if one["status"] == "DRAFT":
            found["brief_edit"] = {"code": one["code"]}
        elif one["viewerCan"]["share"]["allowed"]:
            found["brief_access"] = found["brief_preview"] = {"code": one["code"]}
    if analyst["sharingGroups"]["nodes"]:
        found["group"] = {"id": analyst["sharingGroups"]["nodes"][0]["id"]}
    if ministry["calls"]["nodes"]:
        found["call_edit"] = {"code": ministry["calls"]["nodes"][0]["code"]}
    for name, some in (("proposal", drafts), ("receipt", sent)):
        if some:
            found[name] = {"number": some[0]["number"]}
    if drafts:
        found |= dict.fromkeys(("proposal_edit", "proposal_confirm"), found["proposal"])
    return found


def shots(house: House) -> Iterator[tuple[str, str | None, str]]:
    """Name, role and address of every picture."""
    values = known(house)
    for lang in ("ja", "en"):
        for page, path in PATHS.items():
            if page in NOT_PAGES:
                continue
            if "{" in path and page not in values:
                print(f"no sample for {page}")
                continue
            yield f"{page}-{lang}", ROLES.get(page), address(lang, page, **values.get(page, {}))
    for role in HOMES:
        yield f"home-{role}", role if role != "administrator" else "admin", address("ja", "front")


def take(browser: Browser, house: House) -> int:
    """Take all pictures, two widths each; how many pages there were."""
    count = 0
    for name, role, path in shots(house):
        for width, kind in ((DESKTOP, "desktop"), (PHONE, "phone")):
            context = browser.new_context(
                base_url=house.url, viewport={"width": width, "height": 900}
            )
            if role is not None:
                context.request.post(
                    "/sign-in/demo", form={"role": role}, headers={"Origin": house.url}
                )
            page = context.new_page()
            response = page.goto(path)
            assert response is not None
            if not response.ok:
                print(f"{name}: {response.status}")
            page.screenshot(path=FOLDER / f"{name}-{kind}.png", full_page=True)
            context.close()
        count += 1
    return count


def main() -> int:
    """Take every picture."""
    chromium = paths.chromium()
    if chromium is None:
        print("Chromium is not installed (Debian: chromium).")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    mails = MailSink()
    mails.start()
    with tempfile.TemporaryDirectory(prefix="renkei-") as folder, sync_playwright() as playwright:
        house = House(Path(folder) / "data", mails.url)
        house.start()
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            count = take(browser, house)
        finally:
            browser.close()
            house.stop()
            mails.stop()
    print(f"{count} pages in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
