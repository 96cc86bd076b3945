"""What a sample firm's administrator did: a deputy, a rotation on 1 April, an invitation."""

from __future__ import annotations

from datetime import datetime, timedelta

from renkei.clock import JST
from renkei.directory.deputies import name_deputy
from renkei.directory.invitations import InvitationTokens, invite
from renkei.directory.rotations import Line, rotate
from renkei.settings import Settings
from renkei_cli.demo.filling import Filling

ABSENT = timedelta(days=30)
INVITED = "haruka.minato@asagiri.example"


def next_april(now: datetime) -> datetime:
    """0:00 of the next 1 April in Japan: when posts rotate."""
    here = now.astimezone(JST)
    return datetime(here.year + (here.month >= 4), 4, 1, tzinfo=JST)


async def rotate_and_invite(filling: Filling, settings: Settings) -> None:
    """A colleague deputises for a month and succeeds in April; another post is offered by mail."""
    head, deputy = filling.people["firm"], filling.people["firm_colleague"]
    post_id, second = filling.posts["firm"], filling.posts["firm_colleague"]
    async with filling.acting("firm") as (unit, reach):
        await name_deputy(
            unit, reach, post_id=post_id, person_id=deputy, until=filling.now + ABSENT
        )
    async with filling.acting("keeper") as (unit, reach):
        await rotate(
            unit,
            reach,
            organization_id=filling.organizations["asagiri"],
            takes_effect_at=next_april(filling.now),
            leaving=[Line(post_id, head), Line(second, deputy)],
            appointing=[Line(post_id, deputy), Line(second, head)],
        )
    async with filling.acting("keeper") as (unit, reach):
        await invite(
            unit,
            reach,
            tokens=InvitationTokens(settings.secret_key.get_secret_value().encode()),
            post_id=second,
            email=INVITED,
        )
