"""Mail that goes to one address, whatever anybody follows: from its fact on its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renkei.ledger.reacting import After
from renkei.ledger.tables import Fact
from renkei.ledger.unit import Unit
from renkei.notices.store import EMAIL
from renkei.notices.tables import Delivery


async def post(unit: Unit, facts: Sequence[Fact], *, column: str) -> After:
    """A delivery of each fact's subject, which stands in the delivery's `column`.

    The reactions `letters.send` and `notices.invite`. The mail is written when it is sent.
    """
    for fact in facts:
        of: dict[str, Any] = {column: fact.subject_id}
        unit.session.add(Delivery(**of, channel=EMAIL, not_before=unit.at))
    return None
