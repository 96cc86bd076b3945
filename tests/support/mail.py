"""An SMTP server on loopback that keeps every mail it is given."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from renkei.notices.courier import deliver
from renkei.notices.smtp import SmtpMailer
from support.factories import Town


@dataclass(frozen=True)
class Mail:
    """One accepted mail: the envelope's addresses, and the message as its reader gets it."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["subject"])

    @property
    def text(self) -> str:
        """The plain-text body, decoded; empty where there is none."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body else ""


class MailSink(Controller):
    """The server, in a thread of its own; `messages` in the order of arrival."""

    def __init__(self) -> None:
        self.messages: list[Mail] = []
        super().__init__(self, hostname="127.0.0.1", port=0, data_size_limit=10_000_000)

    @property
    def url(self) -> str:
        """The address for RENKEI_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def sent_to(self, address: str) -> list[Mail]:
        """The mails that `address` got so far."""
        return [mail for mail in self.messages if address in mail.recipients]

    def wait_for(self, count: int, timeout: float = 10.0) -> list[Mail]:
        """The mails once there are `count`; fails after `timeout` seconds.

        Blocks: to be called where the sender is another process, never inside its event loop.
        """
        deadline = time.monotonic() + timeout
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"{len(self.messages)} of {count} mails arrived"
            time.sleep(0.02)
        return list(self.messages)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Accept a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
        return "250 OK"

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        # On a port that the system chooses, which aiosmtpd's own controller can't.
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listener)


async def mailed(town: Town, mailer: SmtpMailer, sink: MailSink) -> list[Mail]:
    """What comes when all that waits in the town has been reacted to and sent."""
    before = len(sink.messages)
    await town.react()
    await deliver(town.app, mailer)
    return list(sink.messages)[before:]


def secret_in(mail: Mail, page: str) -> str:
    """The one-time secret of the links to this page: one and the same in both languages."""
    ja, en = re.findall(rf"/(?:ja|en)/{page}\?secret=(rk1_[\w-]+)", mail.text)
    assert ja == en
    return str(ja)
