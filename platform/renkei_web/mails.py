"""The demo's local mail viewer: what would have been sent, and to whom. Nothing leaves the demo."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from renkei_web.face import face_of

SHOWN = 100
_PAGE = (
    '<!doctype html><html lang="ja"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>メール / Mail</title></head>'
    "<body><h1>送るはずだったメール / Mails that would have been sent</h1>{}</body></html>"
)


def _mails(folder: Path) -> list[EmailMessage]:
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in files[:SHOWN]]


async def mails(request: Request) -> Response:
    """The newest mails as plain text; 404 outside the demo."""
    settings = face_of(request.scope).app.settings
    if not settings.demo:
        return Response(status_code=404)
    found = await asyncio.to_thread(_mails, settings.data_dir / "mail")
    shown = "".join(
        f"<article><h2>{escape(str(one['subject']))}</h2><p>{escape(str(one['to']))}</p>"
        f"<pre>{escape(str(one.get_content()))}</pre></article>"
        for one in found
    )
    return HTMLResponse(_PAGE.format(shown or "<p>まだありません。 / None yet.</p>"))


ROUTES = [Route("/demo/mail", mails)]
