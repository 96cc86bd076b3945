"""What stands around every page's content: who is signed in, what they follow, what is unread."""

from __future__ import annotations

from typing import Any

from renkei_web.face import Face
from renkei_web.portal.asking import Asking
from renkei_web.portal.catalogue import catalogue
from renkei_web.portal.render import Shell


def shell_of(asking: Asking, data: dict[str, Any]) -> Shell:
    """The shell of a page from the answer to its document, which spreads the fragment `Shell`."""
    viewer = data["viewer"]
    if viewer is not None:
        viewer = {
            **viewer,
            "roles": list(dict.fromkeys(post["role"] for post in viewer["posts"])),
            "unreadCount": data["unreadCount"],
        }
    return Shell(
        lang=asking.lang,
        page=asking.page,
        now=asking.now,
        viewer=viewer,
        here=asking.here,
        form_token=asking.form_token,
        demo=data["demo"],
        done=_done(asking),
        follows=_follows(data),
    )


def bare_shell(lang: str, face: Face) -> Shell:
    """The shell of a page that could not ask: as an anonymous reader sees it."""
    return Shell(lang=lang, page="error", now=face.app.clock.now(), demo=face.app.settings.demo)


def _done(asking: Asking) -> str:
    """What the address says was done; nothing where no act says so: an address is anybody's."""
    done = asking.query.get("done", "")
    return done if done in catalogue()["terms.done"] else ""


def _follows(data: dict[str, Any]) -> dict[str, str]:
    """The viewer's follows: the id of the follow by the id of what is followed."""
    found = {}
    for edge in data.get("follows", {}).get("edges", ()):
        follow = edge["node"]
        subject = follow["area"] or follow["call"] or follow["brief"]
        if subject is not None:
            found[subject["id"]] = follow["id"]
    return found
