"""The demo's directory: filled once through the use cases, begun anew after an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.app import App
from renkei.briefs.tables import Brief
from renkei.calls.tables import Call
from renkei.directory.tables import Organization, Person
from renkei.identity.sessions import Origin
from renkei.notices.tables import Follow
from renkei.proposals.tables import Proposal
from renkei.reading.page import Page
from renkei.settings import Settings
from renkei_cli.commands.database import upgrade_all
from renkei_cli.demo import fill
from renkei_cli.demo.samples import load
from renkei_cli.house import prepare_demo, settings_for

Answer = TypeVar("Answer")
Filled = tuple[Settings, list[fill.DemoAccount]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A demo, filled once: sixteen passwords are hashed, which takes some seconds."""
    directory = tmp_path_factory.mktemp("demo")
    prepare_demo(directory)
    settings = settings_for(directory)
    upgrade_all(settings)
    return settings, asyncio.run(fill.fill(settings))


def within(filled: Filled, work: Callable[[App], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        async with App.opened(filled[0]) as app:
            return await work(app)

    return asyncio.run(run())


async def seen(app: App, viewer: Viewer, *models: Any) -> list[int]:
    reader = app.reader(viewer)
    try:
        return [await reader.count(model.__table__, Page()) for model in models]
    finally:
        await reader.close()


async def demo_viewer(app: App, role: str) -> Viewer:
    found = await app.identity.by_session(await app.sign_ins.demo(role, Origin()))
    assert found is not None
    return found


def test_every_sample_is_there_and_each_sees_their_own(filled: Filled) -> None:
    models = (Organization, Person, Call, Proposal, Brief)

    async def work(app: App) -> dict[str, list[int]]:
        roles = ("researcher", "ministry", "firm", "analyst")
        counts = {role: await seen(app, await demo_viewer(app, role), *models) for role in roles}
        return counts | {"anonymous": await seen(app, ANONYMOUS, *models)}

    organizations = len(load("organizations")["organizations"])
    people, calls = len(load("people")["people"]), len(load("calls")["calls"])
    assert within(filled, work) == {
        "researcher": [organizations, people, calls, 1, 2],
        "ministry": [organizations, people, calls, 0, 4],
        "firm": [organizations, people, calls, 0, 2],
        "analyst": [organizations, people, calls, 0, 4],
        "anonymous": [organizations, 0, calls, 0, 1],
    }


def test_the_passwords_told_at_the_start_open_the_accounts(filled: Filled) -> None:
    account = next(one for one in filled[1] if one.email == "researcher@demo.renkei.example")

    async def work(app: App) -> list[bool]:
        tries = (account.password, "ちがう合言葉です")
        return [
            await app.sign_ins.sign_in(account.email, one, Origin()) is not None for one in tries
        ]

    assert within(filled, work) == [True, False]
    assert len({one.password for one in filled[1]}) == len(load("people")["people"])


def test_those_whose_organisation_cares_follow_its_areas(filled: Filled) -> None:
    wanted = {one["key"]: one.get("follows", []) for one in load("organizations")["organizations"]}
    expected = sum(
        len(wanted[post["organization"]])
        for one in load("people")["people"]
        for post in one["posts"]
    )

    async def work(app: App) -> int:
        async with app.database.reading() as connection:
            query = select(func.count()).select_from(Follow)
            return int((await connection.execute(query)).scalar_one())

    assert within(filled, work) == expected


def test_an_interrupted_start_begins_anew_and_leaves_other_files(tmp_path: Path) -> None:
    demo = prepare_demo(tmp_path)
    settings = settings_for(tmp_path)
    upgrade_all(settings)
    (tmp_path / "search").mkdir()
    fill.start_over(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.json"]
    assert prepare_demo(tmp_path) == demo
