"""What becomes of tests that can't run here: left out by rule, or, in CI, counted as failed.

A test that needs material which a clone doesn't have is deselected, and nobody misses it. Every
other skipped test would be a hole in CI that looks green; so it fails there, by name.
"""

from __future__ import annotations

from typing import Any

import pytest

from support import paths

_skipped: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs ../shared or a real Meilisearch where it is absent."""
    absent = {
        "needs_shared": not paths.SHARED.is_dir(),
        "needs_meilisearch": not paths.MEILISEARCH_URL,
    }
    left_out = [
        item
        for item in items
        if any(absent[mark.name] for mark in item.iter_markers() if mark.name in absent)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note every test that was skipped; an expected failure is none."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note every file that skipped itself as a whole."""
    if report.skipped:
        _skipped.append(report.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Under pytest-xdist: take over what a test process noted while it collected."""
    _skipped.extend(getattr(node, "workeroutput", {}).get("renkei_skipped", []))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI, let the run fail where a test was skipped."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # a test process of pytest-xdist; the main process decides
        output["renkei_skipped"] = [name for name in _skipped if "::" not in name]
    elif paths.in_ci() and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were skipped where that fails the run."""
    if paths.in_ci() and _skipped:
        terminalreporter.section("skipped, which counts as failed in CI", red=True)
        for name in sorted(set(_skipped)):
            terminalreporter.line(name)


def pytest_report_header() -> list[str]:
    """Say at the top what this machine lacks."""
    lacking = {
        "PostgreSQL": paths.postgres_programs() is None,
        "Chromium": paths.chromium() is None,
        "../shared": not paths.SHARED.is_dir(),
        "Meilisearch": not paths.MEILISEARCH_URL,
    }
    names = [name for name, is_lacking in lacking.items() if is_lacking]
    return [f"not on this machine: {', '.join(names)}"] if names else []
