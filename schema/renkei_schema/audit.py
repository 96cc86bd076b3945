"""The audit as administrators see it: seals, and alarms on bulk reading. Never what was read."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from renkei.audit import tables
from renkei.audit.abilities import may_read_audit
from renkei.audit.rules import alarm_title
from renkei.reading.page import By
from renkei_schema.context import Context
from renkei_schema.declare import Connection, col, computed, node, one, pages, rooted
from renkei_schema.directory import Person
from renkei_schema.enums import valued
from renkei_schema.node import Node
from renkei_schema.scalars import Text


@node(tables.Seal)
class AuditSeal(Node):
    """監査の封印。それまでに確定した変更と閲覧の記録を固定する。数は示さない。 / A seal of
    the audit: it fixes the changes and the readings that were committed until then. How many they
    are is not told."""

    number: int = col("番号。1から続く。 / Its number, from 1 on.")
    at: datetime = col("封印した時刻。 / When it was made.")
    root: str = col("Merkle木の根（SHA-256、16進）。 / The Merkle root, in hexadecimal.")
    digest: str = col(
        "封印そのもののSHA-256（16進）。前の封印を含む。 / The seal's own SHA-256, the "
        "one before included."
    )
    key_id: str = col("署名した鍵。 / The key that signed it.")
    signature: str = col("アンカーの署名（Ed25519、Base64）。 / The anchor's signature.")


@strawberry.enum(description="数えた期間。 / The span that was counted.")
class AlarmSpan(Enum):
    """Spans."""

    HOUR = valued("hour", description="1時間。 / An hour.")
    DAY = valued("day", description="24時間。 / 24 hours.")


@strawberry.type(description="種類ごとの数。 / How many of a kind.")
class KindCount:
    """A kind and a number."""

    kind: str = strawberry.field(description="種類（proposalなど）。 / The kind, such as proposal.")
    count: int = strawberry.field(description="数。 / How many.")


def _counted(kinds: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(kinds.items())


@node(tables.ReadingAlarm)
class ReadingAlarm(Node):
    """大量の閲覧の知らせ。だれが、いつ、どの種類をいくつ。何を読んだかは示さない。 / An alarm on
    bulk reading: who, when, how many of which kind. What was read is not told."""

    title: Text = computed(
        "いくつ読んだかを一言で。 / How many were read, in a line.",
        alarm_title,
        via=lambda text: Text(ja=text.ja, en=text.en),
    )
    person: Person | None = one(tables.ReadingAlarm.person_id, "読んだ人。 / Who read.")
    at: datetime = col("数えた時刻。 / When it was counted.")
    span: AlarmSpan = col("数えた期間。 / The span that ends then.", via=AlarmSpan)
    records: int = col("TLP:GREENより上の異なるものの数。 / Different records above TLP:GREEN.")
    kinds: list[KindCount] = computed(
        "種類ごとの数。 / How many of each kind.",
        _counted,
        via=lambda counted: [KindCount(kind=kind, count=count) for kind, count in counted],
    )
    by_token: bool = col("アクセストークンでも読んだ。 / An access token of theirs read, too.")


@strawberry.type(description="監査の設定。管理者にだけ示す。 / How the audit is set up.")
class Audit:
    """Configuration."""

    alarm_per_hour: int = strawberry.field(
        description="1時間にこれを超えると知らせる。 / More within an hour raise an alarm."
    )
    alarm_per_day: int = strawberry.field(
        description="24時間にこれを超えると知らせる。 / More within 24 hours raise an alarm."
    )


def _audit(context: Context) -> Audit | None:
    if not may_read_audit(context.viewer).allowed:
        return None
    settings = context.app.settings
    return Audit(alarm_per_hour=settings.alarm_per_hour, alarm_per_day=settings.alarm_per_day)


@strawberry.type
class AuditQuery:
    """The audit; nothing for whoever is no administrator."""

    audit: Audit | None = rooted(
        "監査の設定。管理者のほかにはnull。 / How the audit is set up; null but for "
        "administrators.",
        _audit,
    )
    audit_seals: Connection[AuditSeal] | None = pages(
        tables.Seal,
        "監査の封印。新しい順。管理者のほかには空。 / Seals, newest first; none but for "
        "administrators.",
        default=(By("number", down=True),),
    )
    reading_alarms: Connection[ReadingAlarm] | None = pages(
        tables.ReadingAlarm,
        "大量の閲覧の知らせ。新しい順。管理者のほかには空。 / Alarms on bulk reading, newest "
        "first; none but for administrators.",
        default=(By("at", down=True),),
    )
