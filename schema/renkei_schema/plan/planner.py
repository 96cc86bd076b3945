"""Finds the plan of a document and runs it: all or nothing."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import strawberry
import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    OperationDefinitionNode,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)

from renkei.problems import Refusal
from renkei_schema.context import Context
from renkei_schema.plan import hooks
from renkei_schema.plan.making import Plan
from renkei_schema.plan.running import Bound, Run
from renkei_schema.plan.selecting import Document, Unplanned, shaping_variables

# What one document keeps: plans, by the variables that shape them, and arguments, by all of them.
PLANS_KEPT = 16
ARGUMENTS_KEPT = 64
# Variables longer than this, in bytes, are read anew each time.
VARIABLES_KEPT = 2_000

_log = structlog.get_logger("renkei.plan")


@dataclass
class Planned:
    """What is kept of one operation of a known document."""

    document: DocumentNode
    operation: OperationDefinitionNode
    shaping: tuple[str, ...]
    plans: OrderedDict[Any, Plan | Unplanned] = field(default_factory=OrderedDict)
    bound: OrderedDict[bytes, tuple[Plan, Bound]] = field(default_factory=OrderedDict)


class Planner:
    """The plans of one schema. `answered` counts documents, `fallbacks` those that it left.

    A fallback is counted by the field (`Type.field`) that the plan does not know, by "variables"
    or "null" where the data of this request is an error's, and by "error" where something failed.
    """

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self._core = hooks.core_of(schema)
        self.answered = 0
        self.fallbacks: Counter[str] = Counter()

    def planned(self, document: DocumentNode, operation: OperationDefinitionNode) -> Planned:
        """What a document cache keeps beside a valid query."""
        return Planned(document, operation, shaping_variables(document))

    async def data(
        self, planned: Planned, variables: Mapping[str, Any], context: Context
    ) -> dict[str, Any] | None:
        """The data of a query's answer; None: the plain executor is to answer, errors and all."""
        try:
            plan, bound = self._bound(planned, variables, context)
            data = await self._run(plan, bound, context)
        except Unplanned as unplanned:
            self.fallbacks[unplanned.field] += 1
        except Refusal:
            self.fallbacks["refusal"] += 1
        except GraphQLError:
            self.fallbacks["variables"] += 1
        except Exception:  # noqa: BLE001 - the plain executor tells what is wrong, if it is wrong there too
            self.fallbacks["error"] += 1
            _log.warning("plan.error", request_id=context.request_id, exc_info=True)
        else:
            self.answered += 1
            return data
        return None

    def warm(self, planned: Planned) -> None:
        """Make a document's plan before it is first asked, with variables of the plainest kind."""
        variables = {
            node.variable.name.value: _plainest(type_from_ast(self._core, node.type))  # type: ignore[arg-type]  # a valid document's
            for node in planned.operation.variable_definitions or ()
            if node.default_value is None
        }
        try:
            self._plan(planned, self._document(planned, variables))
        except Unplanned as unplanned:
            self.fallbacks[unplanned.field] += 1
            name = planned.operation.name
            _log.warning(
                "plan.unplanned", field=unplanned.field, document=name.value if name else ""
            )
        except Exception:  # noqa: BLE001 - whoever asks for the document is told what is wrong
            self.fallbacks["error"] += 1
            _log.warning("plan.error", exc_info=True)

    async def _run(self, plan: Plan, bound: Bound, context: Context) -> dict[str, Any]:
        reader, asking = context.reader, context.app.database.asking
        # Each statement sees what is committed when it begins, and shows what may be seen then. A
        # page and its totals are one statement; a snapshot of all would cost two turns more.
        async with asking.connection() as ask:
            run = Run(
                context=context,
                bound=bound,
                ask=ask,
                asking=asking,
                at=reader.at,
                viewer=reader.eyes,
                seen=reader.seen,
            )
            return await plan.run(run)

    def _bound(
        self, planned: Planned, variables: Mapping[str, Any], context: Context
    ) -> tuple[Plan, Bound]:
        try:
            key = orjson.dumps(variables) if variables else b""
        except TypeError:  # an integer of more than 64 bits
            raise Unplanned("variables") from None
        held = planned.bound.get(key)
        if held is not None:
            planned.bound.move_to_end(key)
            return held
        document = self._document(planned, variables)
        plan = self._plan(planned, document)
        bound = plan.bound(document, context.reader.cursors)
        if len(key) <= VARIABLES_KEPT:
            planned.bound[key] = (plan, bound)
            if len(planned.bound) > ARGUMENTS_KEPT:
                planned.bound.popitem(last=False)
        return plan, bound

    def _document(self, planned: Planned, variables: Mapping[str, Any]) -> Document:
        coerced = hooks.coerced(self._core, planned.operation, variables)
        if coerced is None:
            raise Unplanned("variables")
        fragments = {
            node.name.value: node
            for node in planned.document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        return Document(self._schema, self._core, fragments, coerced)

    def _plan(self, planned: Planned, document: Document) -> Plan:
        values = document.variables.coerced
        # An argument takes its default for a variable that is absent, and refuses one that is null.
        key = tuple(repr(values[name]) if name in values else "" for name in planned.shaping)
        plan = planned.plans.get(key)
        if plan is None:
            try:
                plan = Plan(self._schema, document, [planned.operation.selection_set])
            except Unplanned as unplanned:
                plan = unplanned
            planned.plans[key] = plan
            if len(planned.plans) > PLANS_KEPT:
                planned.plans.popitem(last=False)
        if isinstance(plan, Unplanned):
            raise Unplanned(plan.field)
        return plan


_PLAIN = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "DateTime": "2000-01-01T00:00:00Z",
    "Date": "2000-01-01",
    "Yen": 1,
}


def _plainest(kind: GraphQLInputType | None) -> Any:
    """A value of the type: null where it may be, else an empty or small one."""
    if kind is None or not is_non_null_type(kind):
        return None
    if is_list_type(kind.of_type):
        return []
    named = kind.of_type
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        needed = {name: one for name, one in named.fields.items() if is_required_input_field(one)}
        return {name: _plainest(one.type) for name, one in needed.items()}
    return _PLAIN.get(named.name, "")
