"""The documents of `postgraphile`: the same questions in the names that it gives to the tables."""

from __future__ import annotations

from typing import Any

from bench.reads.documents import INBOX, LIST, NEST, NODE

_NAMED = "{ name: nameJa }"
GRAPHQL = {
    LIST: f"""
query List($after: Cursor) {{
  calls(first: 20, after: $after, orderBy: [CLOSES_AT_ASC, ROW_ID_ASC]) {{
    totalCount
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      code
      title: titleJa
      closesAt
      organization {_NAMED}
      areas: areasByCallAreaCallIdAndAreaId(orderBy: [POSITION_ASC]) {{
        nodes {{ code name: nameJa }}
      }}
      proposals {{ totalCount }}
    }}
  }}
}}""",
    NEST: f"""
query Nest($after: Cursor) {{
  areas(first: 5, after: $after, orderBy: [LIST_CODE_ASC, LIST_VERSION_ASC, POSITION_ASC]) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      code
      name: nameJa
      calls: callsByCallAreaAreaIdAndCallId(
        first: 10, orderBy: [CLOSES_AT_ASC, ROW_ID_ASC]
      ) {{
        nodes {{
          code
          title: titleJa
          proposals(first: 5, orderBy: [UPDATED_AT_DESC, ROW_ID_DESC]) {{
            nodes {{
              title
              status
              leadOrganization {_NAMED}
              principalInvestigator: piPerson {{ name }}
            }}
          }}
        }}
      }}
    }}
  }}
}}""",
    NODE: f"""
query Node($id: UUID!) {{
  node: proposal(rowId: $id) {{
    number
    title
    status
    updatedAt
    call {{ code title: titleJa closesAt }}
    leadOrganization {_NAMED}
    principalInvestigator: piPerson {{ name }}
    members: proposalMembers(orderBy: [POSITION_ASC]) {{
      nodes {{ isPi effortPercent person {{ name }} organization {_NAMED} }}
    }}
  }}
}}""",
    INBOX: """
query Inbox($person: UUID!) {
  inbox: notices(
    first: 20, condition: { personId: $person }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]
  ) {
    nodes {
      kind
      createdAt
      readAt
      call { code title: titleJa }
      brief { code title: titleJa }
    }
  }
}""",
}


def variables(document: str, place: str | None) -> dict[str, Any]:
    """The variables of a variant: keys are the tables' own; a person has to be named."""
    match document:
        case "list" | "nest":
            return {"after": place}
        case "node":
            return {"id": place}
        case _:
            return {"person": place}


def value(document: str, payload: Any) -> Any:
    """The answer in our shape: it wraps the rows behind a junction once more."""
    roots = {LIST: "calls", NEST: "areas", NODE: "node", INBOX: "inbox"}
    found = payload["data"][roots[document]]
    if document == LIST:
        for node in found["nodes"]:
            node["areas"] = node["areas"]["nodes"]
    if document == NODE and found is not None:
        found["members"] = found["members"]["nodes"]
    return found
