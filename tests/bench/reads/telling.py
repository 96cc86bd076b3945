"""The figures as plain tables, and as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.reads.documents import AVERAGED, NAMES
from bench.reads.measuring import STEPS, Cells, Stall, mean, ratio
from bench.reads.rows import Row

OURS = "renkei"
# What the product must reach: the rival's cost over ours (at least), or ours over the rival's.
AT_LEAST = {"strawberry": 15.0, "postgraphile": 1.5}
AT_MOST = {"rest": 1.0, "mercurius": 1.8}
STALL_MS = 250.0


def costs(rows: Sequence[Row], cells: Cells) -> list[str]:
    """CPU a request, in the app and in the database, by document."""
    lines = ["", "App CPU a request, µs (± half the range over the rounds; + the database's)"]
    lines.append(_line("", [*NAMES, "mean"], 24))
    for row in rows:
        told = []
        for document in NAMES:
            cell = cells.get((row.name, document))
            if cell is None:
                told.append("–")
                continue
            beside = sorted(cell.database)[len(cell.database) // 2]
            told.append(f"{cell.median:,.0f} ±{cell.spread:.0%} +{beside:,.0f}")
        lines.append(_line(row.name, [*told, f"{mean(cells, row.name):,.0f}"], 24))
    lines.append(f"mean: geometric, over {', '.join(AVERAGED)}")
    lines += [f"{row.name}: {row.note}" for row in rows]
    return lines


def targets(rows: Sequence[Row], cells: Cells) -> list[str]:
    """The ratios beside what they must be."""
    lines = ["", "Ratios of the means (± half the range over the rounds)"]
    for row in rows:
        if row.name in AT_LEAST:
            found, noise = ratio(cells, row.name, OURS)
            wanted = AT_LEAST[row.name]
            lines.append(_verdict(f"{row.name} : {OURS}", found, noise, "≥", wanted))
        if row.name in AT_MOST:
            found, noise = ratio(cells, OURS, row.name)
            lines.append(_verdict(f"{OURS} : {row.name}", found, noise, "≤", AT_MOST[row.name]))
    return lines


def _verdict(name: str, found: float, noise: float, sign: str, wanted: float) -> str:
    met = found >= wanted if sign == "≥" else found <= wanted
    return (
        f"{name:24} {found:7.2f} ±{noise:.2f}  wanted {sign} {wanted:g}: {'yes' if met else 'NO'}"
    )


def latencies(found: Mapping[str, Mapping[int, tuple[float, float]]]) -> list[str]:
    """Latency of the product by document and connections."""
    lines = ["", f"Latency of {OURS}, ms: median / 99th of a hundred"]
    lines.append(_line("", [f"{step} connections" for step in STEPS], 20))
    for document, steps in found.items():
        told = [f"{middle:.1f} / {late:.1f}" for middle, late in steps.values()]
        lines.append(_line(document, told, 20))
    return lines


def stalls(found: Stall) -> list[str]:
    """The light query beside the heaviest document."""
    verdict = "yes" if found.worst <= STALL_MS else "NO"
    alone, beside = (f"{middle:.1f} / {late:.1f}" for middle, late in (found.alone, found.beside))
    heavy = f"the heaviest document ({found.heavy:,.0f} ms, {found.heavy_done} times)"
    return [
        "",
        f"A light query of {OURS}, ms: median / 99th of a hundred",
        f"alone {alone}; beside {heavy} {beside}",
        f"worst {found.worst:,.0f}  wanted ≤ {STALL_MS:g}: {verdict}",
    ]


def processes(weights: Mapping[str, tuple[float, int, int]]) -> list[str]:
    """Seconds until the first answer, and memory then and at the end."""
    lines = ["", "Start (s until the first answer), memory after it and at the end (MiB)"]
    for name, (seconds, first, last) in weights.items():
        lines.append(f"{name:14} {seconds:5.1f} {first / 2**20:7.0f} {last / 2**20:7.0f}")
    return lines


def as_json(rows: Sequence[Row], cells: Cells, more: Mapping[str, Any]) -> dict[str, Any]:
    """All of it, for other programs."""
    return {
        "cells": [
            {"row": name, "document": document, **asdict(cell)}
            for (name, document), cell in cells.items()
        ],
        "means": {row.name: mean(cells, row.name) for row in rows},
        "notes": {row.name: row.note for row in rows},
        **more,
    }


def _line(name: str, cells: Sequence[str], width: int) -> str:
    return f"{name:14}" + "".join(f"{cell:>{width}}" for cell in cells)
