"""`python -m bench.reads.curves`: what a read costs as the records grow, on one database.

Median latency of the product at one connection, in worlds of the same shape and other sizes; as a
table, and as a chart where a flag names a file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from math import floor, log10
from pathlib import Path

from bench.reads import measuring
from bench.reads.asking import cases_of
from bench.reads.documents import INBOX, LIST, NEST, NODE, Case
from bench.reads.load import Limit, drive
from bench.reads.places import MissingProgramError, Place, cache_folder, opened
from bench.reads.rows import http_graphql, rows_for
from bench.reads.world import Size

COUNT = "count"
COUNTED = "query Count { proposals(first: 1) { totalCount } }"
SHOWN = (LIST, COUNT, NEST, INBOX)
COLOURS = {LIST: "#1b6ca8", COUNT: "#b5542b", NEST: "#4a7c3a", INBOX: "#7a4b9c"}
WIDTH, HEIGHT, EDGE = 640, 400, 60

# By the number of records: milliseconds by document.
Curves = Mapping[int, Mapping[str, float]]


def medians(place: Place, seconds: float) -> dict[str, float]:
    """Median latency of each document in one world, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="renkei-bench-") as scratch:
        (row, *_), _ = rows_for(place, Path(scratch), Path(scratch), frozenset({"renkei"}))
        officer, key = place.asked["officers"][0], place.asked["proposals"][0]
        first = {row.name: row.request(Case(NODE, officer, row.variables(NODE, key)))}
        with measuring.running([row], first, Path(scratch)) as servers:
            port = servers[row.name].port
            cases = cases_of(row, port, place.asked)
            sent = {
                name: [row.request(case) for case in cases[name]] for name in SHOWN if name != COUNT
            }
            sent[COUNT] = [http_graphql(COUNTED, officer)]
            for requests in sent.values():
                drive(port, requests, Limit(1, seconds, len(requests)))
            return {
                name: measuring.quantiles(drive(port, sent[name], Limit(1, seconds)).seconds)[0]
                for name in SHOWN
            }


def table(curves: Curves) -> list[str]:
    """A line a size."""
    lines = [f"{'records':>10}" + "".join(f"{name:>10}" for name in SHOWN) + "   (median ms)"]
    for records, found in curves.items():
        lines.append(f"{records:>10,}" + "".join(f"{found[name]:>10.1f}" for name in SHOWN))
    return lines


def chart(curves: Curves) -> str:
    """The curves as SVG, both axes logarithmic."""
    low, high = log10(min(curves)), log10(max(curves))
    values = [value for found in curves.values() for value in found.values()]
    bottom, top = floor(log10(min(values))), floor(log10(max(values))) + 1

    def x(records: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (log10(records) - low) / ((high - low) or 1)

    def y(value: float) -> float:
        return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (log10(value) - bottom) / (top - bottom)

    space = "http://www.w3.org/2000/svg"
    parts = [
        f'<svg xmlns="{space}" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">',
        "<title>Median latency in ms by the number of records</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(bottom, top + 1):
        at = y(10**power)
        parts.append(f'<path d="M{EDGE} {at:.1f}H{WIDTH - EDGE}" stroke="#ddd"/>')
        label = f"{10**power:g} ms"
        parts.append(f'<text x="{EDGE - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    for records in curves:
        at = x(records)
        parts.append(
            f'<text x="{at:.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{records:,}</text>'
        )
    for name in SHOWN:
        parts += _line(name, [(x(n), y(found[name])) for n, found in curves.items()])
    return "\n".join([*parts, "</svg>", ""])


def _line(name: str, points: Sequence[tuple[float, float]]) -> list[str]:
    path = "L".join(f"{left:.1f} {down:.1f}" for left, down in points)
    left, down = points[-1]
    colour = COLOURS[name]
    return [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<text x="{left + 6:.1f}" y="{down + 4:.1f}" fill="{colour}">{name}</text>',
    ]


def main() -> int:
    """Measure world after world, each ten times the one before."""
    parser = argparse.ArgumentParser(prog="bench.reads.curves", description=__doc__)
    parser.add_argument("--top", type=int, default=1_000_000, help="records of the largest world")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each document")
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--svg", type=Path, help="write the chart to this file")
    given = parser.parse_args()
    curves: dict[int, dict[str, float]] = {}
    records = 1_000
    try:
        while records <= given.top:
            # The smallest world has some 2,600: fewer would leave a document without rows.
            size = Size().scaled(records / Size().records)
            with opened(size, given.cache, sqlite=given.sqlite) as place:
                curves[size.records] = medians(place, given.seconds)
            print(table(curves)[-1], flush=True)
            records *= 10
    except MissingProgramError as missing:
        print(f"skipped: {missing}")
        return 0
    print("\n".join(table(curves)))
    if given.svg:
        given.svg.write_text(chart(curves), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
