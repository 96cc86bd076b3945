"""Going every path of the API as one viewer, in the world and in the world without secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from leak_proof import channels, exporting
from leak_proof.asking import House, told
from leak_proof.grounds import Ground
from leak_proof.judging import Judge, Leak
from leak_proof.loading import without_hidden
from leak_proof.oracle import Oracle
from leak_proof.paths import Path, paths_of
from leak_proof.world import World
from renkei.access.policy.viewer import Request, Viewer
from renkei_web.execution import Execution

# No list of these worlds is longer; one that never ends is a leak of another kind.
MOST_PAGES = 40


@dataclass(frozen=True)
class Looking:
    """Who looks: a person or nobody, and what the request says."""

    person: UUID | None
    request: Request

    def oracle(self, world: World, at: Any) -> Oracle:
        """The oracle's view of the same."""
        told = {
            "person": None if self.person is None else str(self.person),
            "country": self.request.country,
            "stepped_up": self.request.stepped_up,
        }
        return Oracle(world.facts, told, at)  # type: ignore[arg-type]  # its own kind of dict


@dataclass
class Score:
    """What was compared so far."""

    worlds: int = 0
    viewers: int = 0
    documents: int = 0
    cases: int = 0
    leaks: list[tuple[int, Looking, Leak]] = field(default_factory=list)
    by_channel: Counter[str] = field(default_factory=Counter)

    def add(self, channel: str, cases: int) -> None:
        """Count what was compared on a channel."""
        self.cases += cases
        self.by_channel[channel] += cases


def lookers(world: World, rng: Random, count: int) -> list[Looking]:
    """Some who may look: nobody, and people of this world, whose requests say this or that."""
    people: list[UUID | None] = [None, *world.people]
    return [
        Looking(
            rng.choice(people),
            Request(country=rng.choice(("JP", "US", None)), stepped_up=rng.random() < 0.3),
        )
        for _ in range(count)
    ]


async def answers(
    house: House, looking: Looking, paths: Iterable[Path]
) -> dict[str, tuple[dict[str, Any], Any]]:
    """The answer on each path, and the entry that it would leave."""
    viewer = await house.viewer(looking.person, looking.request)
    found: dict[str, tuple[dict[str, Any], Any]] = {}
    for path in paths:
        answer = await house.answer(path.document, viewer, path.variables)
        found[path.name] = (answer, house.reads.last)
        if path.kind == "walk":
            found[f"{path.name}.pages"] = (await _walk(house, viewer, path, answer), None)
    return found


async def _walk(house: House, viewer: Any, path: Path, answer: dict[str, Any]) -> dict[str, Any]:
    """The list page after page, until one is empty."""
    pages: list[Any] = []
    page = (answer.get("data") or {}).get(path.root)
    while page is not None and page["nodes"] and len(pages) < MOST_PAGES:
        pages.append(page)
        cursor = page["edges"][0 if path.name.endswith(".last") else -1]["cursor"]
        more = await house.answer(path.document, viewer, {"c": cursor})
        page = (more.get("data") or {}).get(path.root)
    return {"pages": pages}


async def beside(
    house: House, bare: House, looking: Looking, judge: Judge, score: Score, rng: Random
) -> None:
    """The ways besides the API's answers: mails, exports, live events in both worlds, refusals."""
    viewer = await house.viewer(looking.person, looking.request)
    plain = await house.viewer(looking.person, Request())
    mails = await channels.mails(house, looking.person)
    others = await channels.mails(bare, looking.person)
    eyes = Looking(looking.person, Request()).oracle(house.world, house.clock.now())
    # Mails and exports are read by the person alone, without what a request says.
    alone = Judge(house.world, eyes)
    address = channels.address_of(house, looking.person)
    for notice, mail in mails.items():
        if (mail is not None) is not eyes.sees(notice):
            judge.leaks.append(
                Leak("mail", "written to whom it is hidden, or not to whom it isn't")
            )
        if mail != others.get(notice):
            judge.leaks.append(Leak("mail", "another mail in the world without secrets"))
        alone.canaries("mail", (mail or b"").replace(address, b""))
    score.add("mail", len(mails))
    ways = await exporting.exports(house, bare, looking.person, alone, rng)
    score.add("export", len(set(ways)))
    judge.leaks += alone.leaks
    if not plain.anonymous:
        sent, others_sent = await _live(house, viewer), await _live(bare, viewer)
        if sent != others_sent:
            # On a busy machine one of them may not have come in time: asked again with patience.
            patient = 10.0
            sent = await _live(house, viewer, seconds=patient)
            others_sent = await _live(bare, viewer, seconds=patient)
        if sent != others_sent:
            judge.leaks.append(Leak("noticeArrived", "other events in the world without secrets"))
        for event in sent:
            judge.canaries("noticeArrived", event)
        score.add("live", 1 + len(sent))
        for way, hidden, missing in await channels.refusals(house, viewer, judge.oracle, rng):
            score.add("mutation", 1)
            if hidden != missing:
                judge.leaks.append(Leak(way, "a hidden id is answered unlike a missing one"))


async def compare(
    ground: Ground,
    execution: Execution,
    world: World,
    house: House,
    looking: Looking,
    seed: int,
    score: Score,
    *,
    also: bool = True,
    only: tuple[str, ...] = (),
) -> Judge:
    """Go every path of the API as this viewer, and, where `also`, the ways besides it.

    With `only`, the paths whose names begin so.
    """
    oracle = looking.oracle(world, house.clock.now())
    paths = [path for path in paths_of(world, Random(seed)) if path.name.startswith(only or "")]
    full = await answers(house, looking, paths)
    person = None if looking.person is None else str(looking.person)
    rows = without_hidden(world, oracle, person)
    async with ground.house(world, rows, execution) as bare:
        bare.clock.at = house.clock.now()
        other = await answers(bare, looking, paths)
        judge = Judge(world, oracle)
        if also:
            await beside(house, bare, looking, judge, score, Random(seed))
    for path in paths:
        answer, left = full[path.name]
        sent = told(answer)
        judge.answer(path, answer.get("data"))
        judge.canaries(path.name, sent)
        judge.entered(path.name, left.read if left is not None else {}, sent)
        if sent != told(other[path.name][0]):
            judge.leaks.append(Leak(path.name, "another answer in the world without secrets"))
        if path.kind == "walk":
            pages = f"{path.name}.pages"
            ids = [node["id"] for page in full[pages][0]["pages"] for node in page["nodes"]]
            judge.walked(path, ids)
            if told(full[pages][0]) != told(other[pages][0]):
                judge.leaks.append(Leak(pages, "other pages in the world without secrets"))
    score.viewers += 1
    score.documents += len(paths)
    score.add("api", len(judge.ways))
    score.leaks += [(seed, looking, leak) for leak in judge.leaks]
    return judge


async def _live(house: House, viewer: Viewer, *, seconds: float = 0.4) -> list[bytes]:
    return [told(event) for event in await channels.events(house, viewer, seconds=seconds)]
