"""Made ready at start: every registered document is read, weighed, validated and planned once."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from graphql import DocumentNode, OperationDefinitionNode

from renkei_schema.errors import Rejected
from renkei_schema.limits import parse_document
from renkei_web.execution import Execution
from renkei_web.guard import Asked

_log = structlog.get_logger("renkei.web")


def warm(execution: Execution) -> None:
    """Make the registered documents ready, so that nobody who asks first waits for it.

    One that is refused is logged and left as it is: who asks for it is told why. Their SQL is not
    compiled here: its text depends on the variables and on the viewer, who are not known yet.
    """
    for source in execution.trusted.sources():
        try:
            for name in _operations(parse_document(source, execution.limits)):
                prepared = execution.prepare(Asked(source, None, name, {}), anonymous=True)
                if prepared.planned is not None:
                    execution.plans.warm(prepared.planned)
        except Rejected as rejected:
            _log.warning("document.refused", reason=str(rejected), document=source[:80])


def _operations(document: DocumentNode) -> Iterator[str | None]:
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            yield node.name.value if node.name is not None else None
