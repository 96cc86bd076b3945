"""What can be exported follows from the declarations: nothing is declared a second time."""

from __future__ import annotations

from graphql import get_named_type

from leak_proof.selecting import CORE, is_connection, node_of
from renkei.access.markings import MARKING_COLUMNS
from renkei.exports.rows import keys_of
from renkei_schema.kinds import exported_fields, kinds
from support.paths import ROOT

# Fields that are no column, by type, and why: lists by cursor are kinds of their own or one
# record's; abilities, standings and invitations that wait are the viewer's; costs and what is
# missing are computed over several rows; team, budget, members and lowerings are records without a
# name; a receipt is a document by itself.
NO_COLUMNS = {
    "Area": {"calls"},
    "Organization": {"invitations"},
    "Person": set[str](),
    "Programme": {"calls", "concepts"},
    "Concept": {"calls"},
    "Call": {"proposals", "viewerCan"},
    "Proposal": {
        "audience",
        "budget",
        "costs",
        "members",
        "missing",
        "readings",
        "receipt",
        "viewerCan",
        "viewerReads",
    },
    "Brief": {
        "audience",
        "audienceOnceReleased",
        "lowerings",
        "readings",
        "viewerCan",
        "viewerReads",
    },
    "SharingGroup": {"members", "viewerCan"},
    "Notice": set[str](),
    "Follow": set[str](),
    "AuditSeal": set[str](),
    "ReadingAlarm": set[str](),
}


def test_every_list_of_the_root_is_a_kind() -> None:
    lists = {
        name: node_of(get_named_type(field.type)).name
        for name, field in CORE.query_type.fields.items()
        if is_connection(get_named_type(field.type))
    }
    assert [kind.replace("-", "") for kind in kinds()] == [name.lower() for name in lists]
    assert set(lists.values()) == set(NO_COLUMNS)


def test_every_declared_field_gives_columns_or_is_left_out_by_name() -> None:
    """A new field that no column tells of fails here until somebody has decided."""
    left = {name: set(CORE.type_map[name].fields) - exported_fields(name) for name in NO_COLUMNS}
    assert left == NO_COLUMNS


def test_columns_are_english_keys_and_end_in_the_marking() -> None:
    for kind in kinds().values():
        keys = keys_of(kind)
        assert keys[0] == "id"
        assert keys[-5:] == MARKING_COLUMNS
        assert len(set(keys)) == len(keys)
        assert all(key.isascii() and key.replace("_", "").isalnum() for key in keys)
        assert all(key == key.lower() for key in keys)


def test_the_page_names_every_kind() -> None:
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    (told,) = [part for part in page.split("\n\n") if "every list of the API's root" in part]
    names = told.split(": every list")[0].removeprefix("## What is exported\n")
    assert [name.strip("`") for name in names.replace("\n", " ").split(", ")] == list(kinds())
