"""From an asked document to a result: weighed, validated and kept once, then executed.

The portal's pages, HTTP, sockets and event streams all come through here.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
    validate,
)
from graphql.execution import (
    Executor,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
    map_source_to_response_event,
)
from graphql.validation import ASTValidationRule
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.rules.custom.no_schema_introspection import NoSchemaIntrospectionCustomRule
from graphql.validation.validate import ValidationAbortedError
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from renkei.settings import Settings
from renkei_schema.context import Context
from renkei_schema.errors import (
    ApiError,
    ErrorCode,
    Rejected,
    document_errors,
    execution_errors,
    format_error,
    variable_errors,
)
from renkei_schema.limits import Limits, parse_document, weigh
from renkei_schema.plan.planner import Planned, Planner
from renkei_web.answers import encode
from renkei_web.documents import DocumentCache, KnownDocument, TrustedDocuments, document_id
from renkei_web.guard import Asked

Renew = Callable[[], Awaitable[Context]]
_IsAwaitable = Callable[[Any], TypeGuard[Awaitable[Any]]]

_ERRORS_MAX = 10
# graphql-core's own knob. At its default of 500,000 a document within our limits could hold the
# process for 0.3 s while fields are compared; the introspection query needs less than 5,000.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000
_RULES: tuple[type[ASTValidationRule], ...] = (
    *specified_rules,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True)
class Prepared:
    """A request that may be executed. `cost` is in nodes; `trusted`: its document is registered."""

    document: DocumentNode
    operation: OperationDefinitionNode
    asked: Asked
    cost: int
    trusted: bool
    planned: Planned | None = None

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation


@dataclass(frozen=True)
class Answer:
    """A response: all of its JSON, and whether it went "ok" or holds "errors"."""

    data: bytes
    outcome: str


class Execution:
    """Prepares and executes documents against one schema, with one cache."""

    def __init__(
        self, schema: strawberry.Schema, trusted: TrustedDocuments, settings: Settings
    ) -> None:
        self.schema = schema
        self.trusted = trusted
        self.limits = Limits(nodes=settings.node_budget)
        self.cache = DocumentCache()
        self.plans = Planner(schema)
        self._core = schema._schema
        self._introspection = settings.introspection_allowed

    @property
    def sdl(self) -> str:
        """The schema in the schema definition language, as it is committed."""
        return self.schema.as_str() + "\n"

    def prepare(self, asked: Asked, *, anonymous: bool) -> Prepared:
        """Find or read the document, weigh it with its variables, validate it.

        Anonymous viewers may send registered documents only, in every mode. Raises `Rejected`.
        """
        source, key, trusted = self._text(asked)
        if anonymous and not trusted:
            raise Rejected([_not_trusted()])
        held = self.cache.get(key)
        known = held or KnownDocument(parse_document(source, self.limits), len(source))
        document = known.document
        operation = _operation(document, asked.operation_name)
        name = operation.name.value if operation.name else ""
        cost = known.costs.get(name)
        if cost is None:
            weight = weigh(self._core, document, operation, asked.variables, self.limits)
            cost = weight.nodes
            if held is None:
                self._validate(document)
                self.cache.put(key, known, for_good=trusted)
            if not weight.varies:
                known.costs[name] = cost
        planned = known.plans.get(name)
        if planned is None and operation.operation is OperationType.QUERY:
            planned = known.plans[name] = self.plans.planned(document, operation)
        return Prepared(document, operation, asked, cost, trusted, planned)

    async def answer(self, prepared: Prepared, context: Context) -> Answer:
        """The response to a query or a mutation as JSON. Raises `Rejected` over variables alone.

        A query's comes from its plan; what a plan does not know, the plain executor answers.
        """
        data = None
        if prepared.planned is not None:
            data = await self.plans.data(prepared.planned, prepared.asked.variables, context)
            if data is None:
                await context.forget()
        shown = {"data": data} if data is not None else await self._plainly(prepared, context)
        try:
            await context.leave_entry("graphql")
        except Exception as error:  # noqa: BLE001 - without its entry nothing of it may leave
            unwritten = GraphQLError(str(error), original_error=error)
            errors = execution_errors([unwritten], context.request_id)
            shown = {"data": None, "errors": errors}
        return Answer(encode(shown), "errors" if "errors" in shown else "ok")

    async def execute(self, prepared: Prepared, context: Context) -> dict[str, Any]:
        """The same response as a value, for whoever goes on with it in process."""
        value: dict[str, Any] = json.loads((await self.answer(prepared, context)).data)
        return value

    async def _plainly(self, prepared: Prepared, context: Context) -> dict[str, Any]:
        executor = self._executor(prepared, context)
        result = execute_root_selection_set(executor)
        if not isinstance(result, ExecutionResult):
            result = await result
        return self._shown(result, context.request_id)

    async def events(
        self, prepared: Prepared, context: Context, renew: Renew
    ) -> AsyncGenerator[dict[str, Any]]:
        """The responses of a subscription, or the single one of a query or mutation.

        Each event is read in a context of its own from `renew`, which assembles the viewer afresh
        and raises `ApiError` where the sign-in has ended; that is then the last response.
        """
        if prepared.kind is not OperationType.SUBSCRIPTION:
            yield await self.execute(prepared, context)
            return
        executor = self._executor(prepared, context)
        source = create_source_event_stream(executor)
        if isinstance(source, Awaitable):
            source = await source
        if isinstance(source, ExecutionResult):
            yield self._shown(source, context.request_id)
            return

        async def one(event: Executor[Any]) -> ExecutionResult:
            event.context_value = fresh = await renew()
            try:
                result = execute_subscription_event(event)
                if not isinstance(result, ExecutionResult):
                    result = await result
                await fresh.leave_entry("live")
                return result
            finally:
                await fresh.close()

        stream = map_source_to_response_event(executor, source, one)
        try:
            async for result in stream:
                yield self._shown(result, context.request_id)
        except ApiError as error:
            yield {"errors": [format_error(error)]}
        except Exception as error:  # noqa: BLE001 - the one exit: logged and masked
            wrapped = GraphQLError(str(error), original_error=error)
            yield {"errors": execution_errors([wrapped], context.request_id)}
        finally:
            await stream.aclose()

    async def run(
        self,
        source: str,
        context: Context,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> dict[str, Any]:
        """Execute a document of our own in process, as a page does, under the same limits."""
        asked = Asked(source, None, operation_name, variables or {})
        return await self.execute(self.prepare(asked, anonymous=False), context)

    def _text(self, asked: Asked) -> tuple[str, str, bool]:
        if asked.document_id is not None:
            source = self.trusted.source(asked.document_id)
            if source is None:
                raise Rejected([_not_known(asked.document_id)])
            return source, asked.document_id, True
        source = asked.source or ""
        key = document_id(source)
        return source, key, self.trusted.source(key) is not None

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(
            self._core, document, _RULES, max_errors=_ERRORS_MAX, hide_suggestions=True
        )
        if any(isinstance(error, ValidationAbortedError) for error in errors):
            raise Rejected([_too_complex()])
        if errors:
            raise Rejected(document_errors(errors))
        if not self._introspection and validate(
            self._core, document, (NoSchemaIntrospectionCustomRule,), max_errors=1
        ):
            raise Rejected([_no_introspection()])

    def _executor(self, prepared: Prepared, context: Context) -> Executor[Any]:
        built = self.schema.execution_context_class.build(
            self._core,
            prepared.document,
            context_value=context,
            raw_variable_values=dict(prepared.asked.variables),
            operation_name=prepared.asked.operation_name,
            max_coercion_errors=_ERRORS_MAX,
            is_awaitable=cast("_IsAwaitable", optimized_is_awaitable),
            hide_suggestions=True,
            operation_extensions=None,
        )
        if isinstance(built, list):
            raise Rejected(variable_errors(built))
        return built

    def _shown(self, result: ExecutionResult, request_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"data": result.data}
        if result.errors:
            shown["errors"] = execution_errors(result.errors, request_id)
        return shown


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    if name is None and len(operations) == 1:
        return operations[0]
    for operation in operations:
        if name is not None and operation.name is not None and operation.name.value == name:
            return operation
    raise Rejected(
        [
            ApiError(
                ErrorCode.BAD_DOCUMENT,
                "operationName must name one of the document's operations."
                if operations
                else "The document has no operation.",
                "operationNameで文書内の操作を一つ指定してください。"
                if operations
                else "文書に操作がありません。",
            )
        ]
    )


def _too_complex() -> ApiError:
    return ApiError(
        ErrorCode.LIMIT_EXCEEDED,
        "The document repeats too many fields, or has too many mistakes, to be validated.",
        "同じ項目の繰り返しまたは誤りが多すぎて、文書を検証できません。",
        facts={"limit": "validation"},
    )


def _not_trusted() -> ApiError:
    return ApiError(
        ErrorCode.DOCUMENT_NOT_TRUSTED,
        "Without signing in, only registered documents may be sent.",
        "サインインしていない場合は、登録済みの文書だけを送れます。",
        status=401,
    )


def _not_known(asked: str) -> ApiError:
    return ApiError(
        ErrorCode.DOCUMENT_NOT_KNOWN,
        "No document is registered under this documentId.",
        "このdocumentIdで登録された文書はありません。",
        status=404,
        facts={"documentId": asked},
    )


def _no_introspection() -> ApiError:
    return ApiError(
        ErrorCode.INTROSPECTION_OFF,
        "Introspection is off here; the SDL is at /schema.graphql.",
        "イントロスペクションは無効です。SDLは /schema.graphql にあります。",
    )
