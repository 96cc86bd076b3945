"""The words of which a type is declared once: what it reads from, and nothing twice.

List, nested list, node, filter, order, count and look-ahead follow from the declaration.
"""

from renkei_schema.declare.abilities import Ability, abilities, ability_type, can
from renkei_schema.declare.filters import among, contains, filters, references, tagged, within
from renkei_schema.declare.pages import Connection, Edge, PageInfo, page, pages
from renkei_schema.declare.words import (
    back,
    bilingual,
    by_key,
    col,
    computed,
    listed,
    loaded,
    node,
    one,
    part,
    source_of,
)

__all__ = [
    "Ability",
    "Connection",
    "Edge",
    "PageInfo",
    "abilities",
    "ability_type",
    "among",
    "back",
    "bilingual",
    "by_key",
    "can",
    "col",
    "computed",
    "contains",
    "filters",
    "listed",
    "loaded",
    "node",
    "one",
    "page",
    "pages",
    "part",
    "references",
    "source_of",
    "tagged",
    "within",
]
