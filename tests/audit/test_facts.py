"""Every mutation records a fact in its own transaction: seen in each that the suite performs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import uuid4

from renkei.access.policy.reach import Reach
from renkei.directory.tables import SharingGroup
from renkei.ledger.unit import Unit
from renkei_schema.context import Context
from renkei_schema.declare.words import declared_types
from renkei_schema.perform import perform
from renkei_schema.schema import schema
from support.asking import Asker, gid
from support.factories import Town
from support.paths import ROOT
from support.recording import RECORDING

FOLLOW = """mutation ($i: FollowAreaInput!) { followArea(input: $i) {
  __typename ... on Followed { follow { id } } } }"""
_ = declared_types


async def test_a_mutation_that_records_nothing_is_found(town: Town) -> None:
    class Info:
        """What `perform` asks of a field's info."""

        field_name = "planted"

    info = Info()
    info.context = Context(  # type: ignore[attr-defined]  # as strawberry's
        app=town.app, viewer=town.analyst, arrived_at=town.world.clock.now(), request_id="r"
    )

    async def silent(unit: Unit, _reach: Reach) -> None:
        row = await unit.session.get(SharingGroup, uuid4())
        assert row is None
        from renkei.identity.tables import SignInAttempt

        unit.session.add(SignInAttempt(subject="黙って", at=unit.at))

    await perform(info, silent)  # type: ignore[arg-type]  # see above
    assert RECORDING.silent == [("planted", ("sign_in_attempt",))]
    RECORDING.silent.clear()

    async def told(unit: Unit, reach: Reach) -> None:
        await silent(unit, reach)
        await unit.record("試験.記録", uuid4())

    await perform(info, told)  # type: ignore[arg-type]  # see above
    assert RECORDING.silent == []
    assert "planted" in RECORDING.recorded


async def test_what_changes_nothing_records_nothing(town: Town) -> None:
    """Following again what one follows, reading again what was read: no change, and so no fact."""
    ask = Asker(town.app)
    sent = {"areaId": gid("Area", await town.area())}
    first = await ask(FOLLOW, town.firm, i=sent)
    assert first["followArea"]["__typename"] == "Followed"
    assert "followArea" in RECORDING.recorded
    RECORDING.recorded.discard("followArea")
    assert await ask(FOLLOW, town.firm, i=sent) == first
    assert "followArea" not in RECORDING.recorded


def test_each_mutation_of_the_sdl_has_a_use_case_that_records() -> None:
    """Those that record none: none. Read from the source, whatever the way to `unit.record`."""
    fields = {field.python_name for field in _mutations()}
    resolvers = {
        name: node
        for module, functions in _functions().items()
        if module.startswith("renkei_schema.")
        for name, node in functions.items()
        if name in fields and isinstance(node, ast.AsyncFunctionDef) and _performs(node)
    }
    assert resolvers.keys() == fields
    silent = {name for name in fields if not _records(_module_of(name), resolvers[name], set())}
    assert silent == set()


def _mutations() -> list[Any]:
    mutation = schema.get_type_by_name("Mutation")
    return list(mutation.fields)  # type: ignore[union-attr]  # it is a type


def _performs(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "perform" for one in ast.walk(node))


def _module_of(name: str) -> str:
    return next(
        module
        for module, functions in _functions().items()
        if module.startswith("renkei_schema.") and name in functions and _performs(functions[name])
    )


@cache
def _trees() -> dict[str, ast.Module]:
    found = {}
    for source in ("platform", "schema"):
        for file in (ROOT / source).rglob("*.py"):
            module = ".".join(file.relative_to(ROOT / source).with_suffix("").parts)
            found[module.removesuffix(".__init__")] = ast.parse(file.read_text(encoding="utf-8"))
    return found


@cache
def _functions() -> dict[str, dict[str, ast.AST]]:
    """The functions and methods of each module, by name."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        module: {one.name: one for one in ast.walk(tree) if isinstance(one, kinds)}
        for module, tree in _trees().items()
    }


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """What names of a module stand for: a module, or a name in one."""
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(_trees()[module])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _records(module: str, node: ast.AST, seen: set[tuple[str, str]]) -> bool:
    for called in (one.func for one in ast.walk(node) if isinstance(one, ast.Call)):
        if isinstance(called, ast.Attribute) and called.attr == "record":
            return True
        for where, name in _targets(module, called):
            if (where, name) in seen or name not in _functions().get(where, {}):
                continue
            seen.add((where, name))
            if _records(where, _functions()[where][name], seen):
                return True
    return False


def _targets(module: str, called: ast.AST) -> Iterator[tuple[str, str]]:
    """The functions that a call may mean."""
    match called:
        case ast.Name(id=name):
            yield module, name
            if name in _imports(module):
                yield _imports(module)[name]
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            if name in _imports(module):
                within, imported = _imports(module)[name]
                yield f"{within}.{imported}", attribute
