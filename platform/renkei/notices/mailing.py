"""The port of mail: a connection that messages are handed to, one by one."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from email.message import EmailMessage
from typing import Protocol

# Seconds that handing over one message may take; after that it counts as not handed over.
SEND_WITHIN = 15.0


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
