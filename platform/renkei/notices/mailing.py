"""The port of mail: a connection that messages are handed to, one by one."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol
from uuid import UUID

from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.notices.wording import Letter
from renkei.settings import Settings

# Seconds that handing over one message may take; after that it counts as not handed over.
SEND_WITHIN = 15.0


class Places(Protocol):
    """What writing and sending mail need of the process that they run in."""

    settings: Settings
    clock: Clock
    database: Database


class MailUnavailable(Exception):  # noqa: N818 - a state of the mail server; tried again later
    """The server can't be reached or says "not now"."""


class MailRefused(Exception):  # noqa: N818 - an answer of the mail server; final
    """The server will never take this message for this recipient."""


class Outbox(Protocol):
    """An open connection."""

    async def send(self, message: EmailMessage) -> None:
        """Hand over one message. Raises MailUnavailable or MailRefused."""
        ...


class Mailer(Protocol):
    """A way to send mail."""

    def connected(self) -> AbstractAsyncContextManager[Outbox]:
        """A connection for as long as the block runs. Raises MailUnavailable."""
        ...


def message_of(
    text: Letter, delivery_id: UUID, *, to: str, sender: str, at: datetime
) -> EmailMessage:
    """The message of a delivery, under the Message-ID that stays however often it is sent."""
    message = EmailMessage(policy=SMTP)
    host = parseaddr(sender)[1].partition("@")[2]
    message["Message-ID"] = f"<{delivery_id}@{host}>"
    message["Date"] = format_datetime(at)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = text.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body, charset="utf-8", cte="base64")
    return message
