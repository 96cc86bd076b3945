"""What is measured: CPU a request by turns, latency by connections, and the loop's worst stall."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.reads.asking import Cases
from bench.reads.documents import AVERAGED, HEAVIEST, LIGHT
from bench.reads.load import Limit, Load, drive, finished, started
from bench.reads.rows import Row, http_graphql
from bench.reads.serving import Server, cpu_seconds

CONNECTIONS = 16
# Latency is told at these.
STEPS = (1, 16, 64)
STALL_HEAVY, STALL_ALONE_S, STALL_BESIDE_S = 2, 1.0, 8.0


@dataclass
class Cell:
    """Microseconds of CPU a request, round by round: the app's, and the database's beside it."""

    app: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    requests: int = 0

    @property
    def median(self) -> float:
        """The app's."""
        return statistics.median(self.app)

    @property
    def spread(self) -> float:
        """Half of what lies between the smallest and the largest round, as a share."""
        return (max(self.app) - min(self.app)) / 2 / self.median


Cells = dict[tuple[str, str], Cell]


@contextmanager
def running(
    rows: Sequence[Row], first: Mapping[str, bytes], folder: Path
) -> Iterator[dict[str, Server]]:
    """Every row's server, started one after the other and stopped at the end."""
    servers: dict[str, Server] = {}
    try:
        for row in rows:
            server = Server(row.name, row.command, row.environment, folder)
            servers[row.name] = server
            server.start(first[row.name])
        yield servers
    except Exception as error:
        for server in servers.values():
            error.add_note(f"{server.name} said: {server.said}")
        raise
    finally:
        for server in servers.values():
            server.stop()


def cpu(
    rows: Sequence[Row],
    servers: Mapping[str, Server],
    cases: Mapping[str, Cases],
    *,
    rounds: int,
    seconds: float,
    warm: float,
    connections: int,
    database: int | None,
    rng: Random,
    told: Callable[[str], None],
) -> Cells:
    """CPU a request of every row and document, each round in another order.

    Each is warmed for `warm` seconds first. `database` is the process of PostgreSQL, whose children
    serve the connections.
    """
    requests = {
        (row.name, document): [row.request(case) for case in found]
        for row in rows
        for document, found in cases[row.name].items()
    }
    cells: Cells = {key: Cell() for key in requests}
    for (name, _), sent in requests.items() if warm else ():
        drive(servers[name].port, sent, Limit(connections, warm))
    for turn in range(rounds):
        order = list(requests)
        rng.shuffle(order)
        for key in order:
            server, cell = servers[key[0]], cells[key]
            before, beside = cpu_seconds([server.pid]), _spent(database)
            load = drive(server.port, requests[key], Limit(connections, seconds))
            _checked(key, load)
            done = len(load.seconds)
            cell.app.append(1e6 * (cpu_seconds([server.pid]) - before) / done)
            cell.database.append(1e6 * (_spent(database) - beside) / done)
            cell.requests += done
        told(f"round {turn + 1} of {rounds}")
    return cells


def _spent(pid: int | None) -> float:
    return 0.0 if pid is None else cpu_seconds([pid])


def _checked(key: tuple[str, str], load: Load) -> None:
    if load.failed or not load.seconds:
        raise RuntimeError(f"{key}: {load.failed} of {len(load.seconds)} failed: {load.sample}")


def mean(cells: Cells, row: str) -> float:
    """The geometric mean over the documents, search apart."""
    return statistics.geometric_mean(cells[row, document].median for document in AVERAGED)


def ratio(cells: Cells, row: str, base: str) -> tuple[float, float]:
    """How many times the base's mean the row's is, and half the spread of that over the rounds."""
    rounds = len(cells[row, AVERAGED[0]].app)
    of_rounds = [
        statistics.geometric_mean(cells[row, one].app[n] for one in AVERAGED)
        / statistics.geometric_mean(cells[base, one].app[n] for one in AVERAGED)
        for n in range(rounds)
    ]
    return mean(cells, row) / mean(cells, base), (max(of_rounds) - min(of_rounds)) / 2


def latency(
    row: Row, server: Server, cases: Cases, seconds: float
) -> dict[str, dict[int, tuple[float, float]]]:
    """Milliseconds, median and 99th of a hundred, by document and connections."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for document, asked in cases.items():
        requests = [row.request(case) for case in asked]
        found[document] = {}
        for connections in STEPS:
            load = drive(server.port, requests, Limit(connections, seconds))
            _checked((row.name, document), load)
            found[document][connections] = quantiles(load.seconds)
    return found


def quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 99th of a hundred, in milliseconds."""
    ordered = sorted(seconds)
    at = min(len(ordered) - 1, int(0.99 * len(ordered)))
    return 1e3 * statistics.median(ordered), 1e3 * ordered[at]


@dataclass(frozen=True)
class Stall:
    """A light query alone, and beside the heaviest document, in milliseconds."""

    alone: tuple[float, float]
    beside: tuple[float, float]
    worst: float
    heavy: float
    heavy_done: int


def stall(server: Server, token: str) -> Stall:
    """How long a light query waits while the most expensive allowed document runs in a loop."""
    light, heavy = http_graphql(LIGHT, token), http_graphql(HEAVIEST, token)
    alone = drive(server.port, [light], Limit(1, STALL_ALONE_S))
    loop = started(server.port, [heavy], Limit(STALL_HEAVY, STALL_BESIDE_S))
    beside = drive(server.port, [light], Limit(1, STALL_BESIDE_S))
    heavies = finished(loop)
    for name, load in (("light", beside), ("heavy", heavies)):
        _checked(("renkei", name), load)
    return Stall(
        alone=quantiles(alone.seconds),
        beside=quantiles(beside.seconds),
        worst=1e3 * max(beside.seconds),
        heavy=quantiles(heavies.seconds)[0],
        heavy_done=len(heavies.seconds),
    )
