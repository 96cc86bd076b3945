"""System jobs: the named few that read past the policy, and why each of them may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.sql.base import Executable

Statement = TypeVar("Statement", bound=Executable)

# The name of a job → what it reads without a viewer, and where what it reads goes.
SYSTEM_JOBS: Mapping[str, str] = {
    "viewers.assemble": "Reads where people belong, to tell who is looking; none of it is shown.",
    "audit.leave": "Reads the markings of what a request has read; they go into its entry alone.",
    "audit.seal": "Reads the last seals, to go on from them; anchors tell the operator of seals.",
    "audit.verify": "Reads the seals for the operator's command; it tells what does not fit them.",
    "audit.watch": "Reads when an alarm was raised last, so as not to raise it twice; shows none.",
    "access.derive": "Derives a record's clauses from whom it names; nothing leaves but clauses.",
    "posts.keep": (
        "Reads who holds which post, for the rules of posts; none of it is shown, but the title of"
        " a post to whoever holds the link that offers it."
    ),
    "search.index": "Reads every record into the index, where each stays guarded by its clauses.",
    "notices.tell": "Finds whom a fact concerns; only those of them who see its subject are told.",
    "notices.remind": (
        "Reads when published calls close and terms of posts begin and end, to record that; it"
        " tells nobody itself."
    ),
    "notices.deliver": (
        "Reads whose notice a mail is; all that it says is read through their eyes. Of an"
        " invitation, the organisation's name, which it tells whom it invites."
    ),
    "proposals.judge": (
        "Reads a proposal's disclosures for the rules, its receipt and their own clauses; what they"
        " lack is told to those alone who see them."
    ),
}
OPTION = "renkei_system"


def as_system(statement: Statement, job: str) -> Statement:
    """The statement, sent in the name of a system job. KeyError where there is no such job."""
    return statement.execution_options(**by_system(job))


def by_system(job: str) -> dict[str, Any]:
    """The execution options of a system job, for `session.get` and the like."""
    SYSTEM_JOBS[job]
    return {OPTION: job}
