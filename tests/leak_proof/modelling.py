"""What the use cases have made so far, as the oracle asks about it: by docs/policy.md alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from leak_proof.oracle import Oracle, no_facts

Entry = dict[str, Any]


def always(token: str) -> Entry:
    """A token without a beginning or an end."""
    return {"token": token, "since": None, "until": None}


@dataclass
class BriefModel:
    """A released brief: its label, whom it names, whom it excludes, what it asks of readers."""

    makers: tuple[str, str]
    tlp: str
    opens_at: datetime | None
    named: dict[str, datetime | None] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    country: str | None = None
    consent: bool = False

    def record(self) -> dict[str, Any]:
        """The record as the oracle takes it: the table "Markings" of docs/policy.md, row by row."""
        readers: dict[str, datetime | None] = {"public": None}
        gate = []
        if self.tlp != "CLEAR":
            gate = [[always("member")]]
            readers = {"member": None} if self.tlp == "GREEN" else self.named
        if self.tlp == "RED":
            readers = {t: end for t, end in self.named.items() if t.startswith("person:")}
        if self.country is not None:
            gate = [*gate, [always(f"home:{self.country}")]]
        if self.consent:
            gate = [*gate, [always("consent:confidentiality")]]
        return {
            "table": "brief",
            "stands_on": [],
            "audience": [
                *map(always, self.makers),
                *(
                    {"token": token, "since": self.opens_at, "until": end}
                    for token, end in readers.items()
                ),
            ],
            "deny": [] if self.tlp == "CLEAR" else sorted(self.denied),
            "gate": gate,
        }


@dataclass
class Model:
    """Everything that tells who sees which brief."""

    facts: dict[str, Any] = field(default_factory=no_facts)
    briefs: dict[UUID, BriefModel] = field(default_factory=dict)

    def sees(self, person: UUID | None, at: datetime) -> set[str]:
        """The briefs that the person sees at that instant, by key."""
        viewer = {"person": str(person) if person else None, "country": None, "stepped_up": False}
        self.facts["records"] = {str(key): one.record() for key, one in self.briefs.items()}
        oracle = Oracle(self.facts, viewer, at)  # type: ignore[arg-type]  # its own kind of dict
        return {key for key in self.facts["records"] if oracle.sees(key)}

    def hold(self, person: UUID, post: UUID, organization: UUID, role: str, at: datetime) -> None:
        """A person holds a post from now on."""
        self.facts["posts"][str(post)] = {"organization": str(organization), "role": role}
        self.facts["holdings"].append(
            {"person": str(person), "post": str(post), "since": at, "until": None}
        )

    def end(self, table: str, at: datetime, **which: UUID) -> None:
        """What holds between these two ends now."""
        wanted = {name: str(key) for name, key in which.items()}
        for row in self.facts[table]:
            if row["until"] is None and all(row[name] == key for name, key in wanted.items()):
                row["until"] = at

    def has(self, table: str, **which: UUID) -> bool:
        """Whether something like this holds now."""
        wanted = {name: str(key) for name, key in which.items()}
        return any(
            row["until"] is None and all(row[name] == key for name, key in wanted.items())
            for row in self.facts[table]
        )
