"""Which fields the oracle knows, by type; and those that it does not know, by name.

Written from the SDL's descriptions. A field of the query side that stands in neither fails a test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Columns of the row that are said as they are: the column is the field's name in snake case.
PLAIN: Mapping[str, str] = {
    "Area": "code listCode listVersion position source effectiveFrom effectiveTo",
    "AreaList": "code version effectiveFrom effectiveTo",
    "AuditSeal": "number at root digest keyId signature",
    "Brief": "code informationDate releasedAt updatedAt version",
    "BriefVersion": "number informationDate correctionNote releasedAt",
    "BudgetLine": "fiscalYear directYen",
    "Call": "code opensAt closesAt needsInstitution budgetYen maxYears indirectPercent publishedAt "
    "version",
    "Concept": "code ceilingYen publishedAt",
    "Follow": "byEmail createdAt",
    "GroupMember": "mayExtend",
    "Lowering": "reason proposedAt decidedAt",
    "Notice": "kind createdAt readAt",
    "Organization": "nameKana corporateNumber eradCode country",
    "Person": "name nameKana nameEn eradNumber orcid",
    "Programme": "code kind",
    "Proposal": "number title summary startsOn endsOn returnedReason createdAt updatedAt "
    "handedInAt submittedAt version",
    "ProposalMember": "isPi effortPercent otherEffortPercent",
    "Reading": "at",
    "ReadingAlarm": "at records byToken",
    "Receipt": "number submittedAt sha256 document",
    "SharingGroup": "purpose createdAt version",
}
# A word of the kernel's, spelt as a value of an enum.
SPELT: Mapping[str, str] = {
    "Area": "confidence",
    "Brief": "kind status",
    "Concept": "type",
    "Lowering": "status",
    "Organization": "kind",
    "Post": "role",
    "Proposal": "status",
    "ProposalMember": "consent",
    "ReadingAlarm": "span",
}
# Two columns, _ja and _en, as one text; none where both are empty.
TEXTS: Mapping[str, str] = {
    "Area": "name",
    "AreaList": "name",
    "Brief": "title summary",
    "BriefVersion": "title summary body",
    "Call": "title summary body",
    "Concept": "title summary",
    "Organization": "name",
    "Post": "title",
    "Programme": "title summary",
    "SharingGroup": "name",
}
# Links to one record: the field, the type it leads to, and the column where it isn't field_id.
LINKS: Mapping[str, str] = {
    "Area": "areaList:AreaList:list_id parent:Area",
    "Brief": "organization:Organization author:Person reviewer:Person",
    "BudgetLine": "organization:Organization",
    "Call": "organization:Organization programme:Programme concept:Concept",
    "Concept": "programme:Programme agency:Organization",
    "Follow": "area:Area call:Call brief:Brief",
    "GroupMember": "organization:Organization",
    "Lowering": "proposedBy:Person:proposed_by decidedBy:Person:decided_by",
    "Notice": "call:Call brief:Brief proposal:Proposal post:Post alarm:ReadingAlarm",
    "Post": "organization:Organization",
    "Programme": "organization:Organization",
    "Proposal": "call:Call leadOrganization:Organization principalInvestigator:Person:pi_person_id",
    "ProposalMember": "person:Person organization:Organization",
    "Reading": "organization:Organization person:Person",
    "ReadingAlarm": "person:Person",
    "Receipt": "proposal:Proposal",
    "SharingGroup": "organization:Organization",
}
# Bounded lists: the type, the column that refers to the parent or the junction with its two, and
# the order.
LISTS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("Area", "parts"): ("Area", "parent_id", "position"),
    ("Area", "corresponds"): ("Area", "area_mapping from_area_id to_area_id", "list_code position"),
    ("AreaList", "areas"): ("Area", "list_id", "position"),
    ("Brief", "areas"): ("Area", "brief_area brief_id area_id", "list_code position"),
    ("Brief", "versions"): ("BriefVersion", "brief_id", "number"),
    ("Brief", "lowerings"): ("Lowering", "record_id", "proposed_at"),
    ("Call", "areas"): ("Area", "call_area call_id area_id", "list_code position"),
    ("Concept", "ministries"): (
        "Organization",
        "concept_ministry concept_id organization_id",
        "name_kana",
    ),
    ("Concept", "areas"): ("Area", "concept_area concept_id area_id", "list_code position"),
    ("Organization", "posts"): ("Post", "organization_id", "created_at"),
    ("Person", "posts"): ("Post", "holding person_id post_id", "created_at"),
    ("Post", "holders"): ("Person", "holding post_id person_id", "name_kana"),
    ("Proposal", "members"): ("ProposalMember", "proposal_id", "position"),
    ("Proposal", "budget"): ("BudgetLine", "proposal_id", "organization_id fiscal_year"),
    ("SharingGroup", "members"): ("GroupMember", "group_id", "start"),
}
# Lists by cursor inside a record: the type, and the column or junction.
PAGES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("Area", "calls"): ("Call", "call_area area_id call_id"),
    ("Brief", "readings"): ("Reading", "record_id"),
    ("Call", "proposals"): ("Proposal", "call_id"),
    ("Concept", "calls"): ("Call", "concept_id"),
    ("Programme", "calls"): ("Call", "programme_id"),
    ("Programme", "concepts"): ("Concept", "programme_id"),
    ("Proposal", "readings"): ("Reading", "record_id"),
}
# Lists by cursor of the root.
ROOTS: Mapping[str, str] = {
    "areas": "Area",
    "organizations": "Organization",
    "people": "Person",
    "programmes": "Programme",
    "concepts": "Concept",
    "calls": "Call",
    "proposals": "Proposal",
    "briefs": "Brief",
    "sharingGroups": "SharingGroup",
    "inbox": "Notice",
    "follows": "Follow",
    "auditSeals": "AuditSeal",
    "readingAlarms": "ReadingAlarm",
}
# Values of a record that are read whole: their fields are what is in them.
INSIDE: Mapping[str, str] = {
    "Text": "ja en",
    "Audit": "alarmPerHour alarmPerDay",
    "KindCount": "kind count",
    "Marking": "tlp label grade restrictions releasableTo needsConsent",
    "Source": "type title publisher date reliability url public",
    "OtherFunding": "programme title startsOn endsOn amountYen effortPercent underNda",
    "PlanEntry": "section title text",
    "YearCosts": "fiscalYear directYen indirectYen totalYen",
    "Standing": "whom effect name group startsAt endsAt mayExtend",
    "PageInfo": "hasNextPage hasPreviousPage startCursor endCursor",
    "HeldPost": "role deputy",
    "Holding": "kind state startsAt endsAt appointedAt",
    "Invitation": "email invitedAt expiresAt expired startsAt sent",
}
# What only the plain executor and the plan are compared on, exactly; what is below it as well.
UNKNOWN = frozenset(
    {
        # Ranking, snippets and counts of the search engine.
        ("Query", "search"),
        # Reasons of abilities: tables of the kernel's own, tested there.
        ("Brief", "viewerCan"),
        ("Call", "viewerCan"),
        ("Holding", "viewerCanEnd"),
        ("Lowering", "viewerCan"),
        ("Post", "viewerCan"),
        ("Proposal", "viewerCan"),
        ("SharingGroup", "viewerCan"),
        ("Viewer", "viewerCan"),
        # What stands in several tables, and what a secret leads to: tested beside their rules.
        ("Query", "handover"),
        ("Query", "invitation"),
        # What a proposal lacks: all rules of handing in.
        ("Proposal", "missing"),
        # No world has a token.
        ("Viewer", "accessTokens"),
        # Nor has anybody in one signed in.
        ("Viewer", "email"),
        ("Viewer", "proved"),
        ("Viewer", "sessions"),
        ("Viewer", "secondStep"),
        ("Query", "passkeySite"),
        ("Viewer", "passkeys"),
        ("Query", "personAccount"),
        # The clauses that a release will derive.
        ("Brief", "audienceOnceReleased"),
        # No world has any: words of likelihood, reliability and recommendations.
        ("BriefVersion", "judgements"),
        ("BriefVersion", "recommendations"),
        ("Source", "reliabilityWord"),
    }
)


def snake(name: str) -> str:
    """The column of a field's name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def spelt(word: str) -> str:
    """A word of the kernel's as a value of an enum."""
    return word.upper().replace("-", "_").replace("+", "_").replace(".", "_")
