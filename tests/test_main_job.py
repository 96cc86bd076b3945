"""The main job is played with the suite, so that the README tells the truth."""

from __future__ import annotations

from main_job.play import perform


def test_the_main_job_is_played_from_beginning_to_end() -> None:
    seen: list[str] = []
    steps, passed = perform(seen.append)
    assert passed == steps, "\n".join(seen)
