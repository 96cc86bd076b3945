"""Every table, registered: what migrations and tests need to see the whole of the storage."""

from renkei.access import tables as access
from renkei.areas import tables as areas
from renkei.audit import tables as audit
from renkei.briefs import tables as briefs
from renkei.calls import tables as calls
from renkei.directory import tables as directory
from renkei.identity import tables as identity
from renkei.ledger import tables as ledger
from renkei.notices import tables as notices
from renkei.proposals import tables as proposals
from renkei.search import tables as search

__all__ = [
    "access",
    "areas",
    "audit",
    "briefs",
    "calls",
    "directory",
    "identity",
    "ledger",
    "notices",
    "proposals",
    "search",
]
