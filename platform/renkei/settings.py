"""Every setting of a deployment, read from the environment (prefix `RENKEI_`) and nowhere else."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings. Secrets may also be files named after the setting in `/run/secrets`."""

    model_config = SettingsConfigDict(
        env_prefix="RENKEI_", secrets_dir="/run/secrets" if Path("/run/secrets").is_dir() else None
    )

    data_dir: Path = Field(
        Path("data"), description="Where the embedded database, search index and secrets live."
    )
    database_url: str = Field(
        "",
        description="Database; empty: SQLite in the data directory. `postgresql+asyncpg://…`",
    )
    redis_url: str = Field(
        "", description="Redis that wakes the worker; empty: `serve` starts a private one."
    )
    meilisearch_url: str = Field("", description="Meilisearch; empty: the embedded engine.")
    meilisearch_key: SecretStr = Field(SecretStr(""), description="Key for Meilisearch.")
    smtp_url: str = Field(
        "", description="`smtp://user:password@host:port`; empty in the demo: a local mail viewer."
    )
    mail_from: str = Field("renkei@renkei.example", description="Sender address of mails.")
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address under which people reach this deployment. Passkeys belong to its "
        "name, and need HTTPS.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of reverse proxies, with commas between them: who asks "
        "is read from what they forward. Empty: nobody is believed.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs cursors and forms, encrypts keys of second steps. No default outside "
        "the demo.",
    )
    signing_key: SecretStr = Field(
        SecretStr(""),
        description="Ed25519 private key (base64) for receipts. No default outside the demo.",
    )
    demo: bool = Field(False, description="Sample data, one-click sign-in, free introspection.")
    accept_grade_2: bool = Field(
        False, description="Accept 機密性2 information; only on a deployment approved for it."
    )
    introspection: bool | None = Field(
        None, description="Introspection and GraphiQL; unset: on in the demo only."
    )
    rate_per_minute: int = Field(
        0, ge=0, description="GraphQL cost units a viewer may use per minute; 0: no limit."
    )
    body_limit_bytes: int = Field(
        1_048_576, gt=0, description="Largest request body of the API, refused before parsing."
    )
    node_budget: int = Field(
        20_000, gt=0, description="Most nodes one GraphQL document may ask for."
    )
    session_hours: int = Field(12, gt=0, description="Hours after which a sign-in ends.")
    sweep_seconds: int = Field(
        15, gt=0, description="How often the worker looks for due work that no wake-up announced."
    )
    lease_seconds: int = Field(
        45, gt=0, description="After this long a dead worker's claimed work is taken over."
    )
    alarm_per_hour: int = Field(
        300,
        gt=0,
        description="Different records above TLP:GREEN that one person may read within an hour "
        "before administrators are told.",
    )
    alarm_per_day: int = Field(
        600, gt=0, description="The same within 24 hours: what is read slowly, and all the time."
    )
    log_json: bool = Field(False, description="Log lines as JSON instead of for people.")

    @cached_property
    def resolved_database_url(self) -> str:
        """The database's address, the embedded default filled in."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'renkei.db'}"

    @property
    def introspection_allowed(self) -> bool:
        """Whether anyone may read the schema by introspection and open GraphiQL."""
        return self.demo if self.introspection is None else self.introspection

    def require_secrets(self) -> None:
        """Refuse to run without secrets: they have no default outside the demo."""
        missing = [
            f"RENKEI_{name.upper()}"
            for name in ("secret_key", "signing_key")
            if not getattr(self, name).get_secret_value()
        ]
        if missing:
            raise MissingSecretsError(missing)


class MissingSecretsError(Exception):
    """The deployment lacks secrets that must not have a default."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"{' and '.join(names)} must be set (the demo makes its own: renkei serve --demo). "
            f"{'、'.join(names)}を設定してください。"
        )
