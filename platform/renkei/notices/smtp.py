"""Mail over SMTP, and, where no server is set, as files for a local viewer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from renkei.notices.mailing import SEND_WITHIN, Mailer, MailRefused, MailUnavailable, Outbox
from renkei.settings import Settings

PORTS = {"smtp": 25, "smtps": 465}
FILES = "mail"


def mailer_of(settings: Settings) -> Mailer:
    """The deployment's way to send mail."""
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url)
    return FileMailer(settings.data_dir / FILES)


class SmtpMailer:
    """One server: `smtp://` (STARTTLS where it is offered) or `smtps://` (TLS from the start)."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("RENKEI_SMTP_URL must read smtp://user:password@host:port")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Outbox]:
        """See `Mailer.connected`."""
        client = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            timeout=SEND_WITHIN,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, TimeoutError) as error:
            raise MailUnavailable(str(error)) from error
        try:
            yield _Connection(client)
        finally:
            with suppress(SMTPException, OSError, TimeoutError):
                await client.quit()


class _Connection:
    def __init__(self, client: SMTP) -> None:
        self._client = client

    async def send(self, message: EmailMessage) -> None:
        """See `Outbox.send`."""
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await self._client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise _answered(codes[0] if codes else 0, str(error)) from error
        except SMTPResponseException as error:
            raise _answered(error.code, error.message) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise MailUnavailable(str(error)) from error


def _answered(code: int, text: str) -> MailRefused | MailUnavailable:
    """5xx is final (RFC 5321, 4.2.1) but for 530 to 538, which are about our own sign-in."""
    if 500 <= code < 600 and not 530 <= code <= 538:
        return MailRefused(text)
    return MailUnavailable(text)


class FileMailer:
    """Writes each mail into a directory, named by its Message-ID: the same mail twice is one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Outbox]:
        """See `Mailer.connected`."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise MailUnavailable(str(error)) from error
        yield self

    async def send(self, message: EmailMessage) -> None:
        """See `Outbox.send`."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            await asyncio.to_thread(self._write, name, bytes(message))
        except OSError as error:
            raise MailUnavailable(str(error)) from error

    def _write(self, name: str, content: bytes) -> None:
        aside = self._directory / f".{name}"
        aside.write_bytes(content)
        aside.replace(self._directory / f"{name}.eml")
