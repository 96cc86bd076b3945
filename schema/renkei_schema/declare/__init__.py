"""The words of which a type is declared once: what it reads from, and nothing twice.

List, nested list, node, filter, order, count and look-ahead follow from the declaration.
"""

from renkei_schema.declare.abilities import Ability, abilities, ability_type, can
from renkei_schema.declare.columns import bilingual, col, computed, part
from renkei_schema.declare.filters import among, contains, filters, references, tagged, within
from renkei_schema.declare.links import (
    answered,
    back,
    by_key,
    counted,
    first,
    found,
    listed,
    loaded,
    one,
    refers,
    rooted,
)
from renkei_schema.declare.pages import Connection, Edge, PageInfo, page, pages
from renkei_schema.declare.words import node, source_of

__all__ = [
    "Ability",
    "Connection",
    "Edge",
    "PageInfo",
    "abilities",
    "ability_type",
    "among",
    "answered",
    "back",
    "bilingual",
    "by_key",
    "can",
    "col",
    "computed",
    "contains",
    "counted",
    "filters",
    "first",
    "found",
    "listed",
    "loaded",
    "node",
    "one",
    "page",
    "pages",
    "part",
    "references",
    "refers",
    "rooted",
    "source_of",
    "tagged",
    "within",
]
