"""What is asked: five documents, their variants, and answers in a form that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LIST, NEST, NODE, INBOX, SEARCH = "list", "nest", "node", "inbox", "search"
NAMES = (LIST, NEST, NODE, INBOX, SEARCH)
# What the mean over the documents is taken of: full-text search is another engine's work.
AVERAGED = (LIST, NEST, NODE, INBOX)
# So many variants of each are asked by turns, so that it is not one row of a cache.
VARIANTS = 12
# The field of the answer that holds what was asked for.
ROOTS = {LIST: "calls", NEST: "areas", NODE: "node", INBOX: "inbox", SEARCH: "search"}
LIST_SIZE, NEST_AREAS, NEST_CALLS, NEST_PROPOSALS = 20, 5, 10, 5
INBOX_SIZE, SEARCH_SIZE = 20, 10

GRAPHQL = {
    LIST: """
query List($after: String) {
  calls(first: 20, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      code
      title { ja }
      closesAt
      organization { name { ja } }
      areas { code name { ja } }
      proposals { totalCount }
    }
  }
}""",
    NEST: """
query Nest($after: String) {
  areas(first: 5, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      code
      name { ja }
      calls(first: 10) {
        nodes {
          code
          title { ja }
          proposals(first: 5) {
            nodes {
              title
              status
              leadOrganization { name { ja } }
              principalInvestigator { name }
            }
          }
        }
      }
    }
  }
}""",
    NODE: """
query Node($id: ID!) {
  node(id: $id) {
    ... on Proposal {
      number
      title
      status
      updatedAt
      call { code title { ja } closesAt }
      leadOrganization { name { ja } }
      principalInvestigator { name }
      members { isPi effortPercent person { name } organization { name { ja } } }
    }
  }
}""",
    INBOX: """
query Inbox {
  inbox(first: 20) {
    nodes {
      kind
      createdAt
      readAt
      call { code title { ja } }
      brief { code title { ja } }
    }
  }
}""",
    SEARCH: """
query Search($text: String!) {
  search(text: $text, kinds: [CALL, BRIEF], first: 10) {
    totalCount
    hits {
      item {
        ... on Call { code title { ja } }
        ... on Brief { code title { ja } }
      }
    }
  }
}""",
}

# The most that the limits allow (20,000 nodes): what a light query has to stand beside.
HEAVIEST = """
query Heaviest {
  areas(first: 12) {
    nodes {
      code
      calls(first: 20) {
        nodes {
          code
          title { ja }
          proposals(first: 20) {
            nodes { title leadOrganization { name { ja } } principalInvestigator { name } }
          }
        }
      }
    }
  }
}"""
LIGHT = "query Light { inbox(first: 1) { nodes { kind } } }"


@dataclass(frozen=True)
class Case:
    """One request to one row: whose token, and the variables as that row names them."""

    document: str
    token: str
    variables: dict[str, Any]


def plain(value: Any) -> Any:
    """An answer without what rows may say in their own way: cursors, spelling of instants."""
    match value:
        case {"ja": text, **rest} if not rest:
            return text
        case dict():
            return {name: plain(one) for name, one in value.items() if name != "pageInfo"}
        case list():
            return [plain(one) for one in value]
        case str() if len(value) > 18 and value[10] == "T" and value[:2] == "20":
            return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            return value


def records(document: str, answer: Any) -> int:
    """How many records an answer shows: an empty one proves nothing."""
    match document:
        case "node":
            return len(answer["members"]) if answer else 0
        case "search":
            return len(answer["hits"])
        case "nest":
            calls = [call for area in answer["nodes"] for call in area["calls"]["nodes"]]
            return sum(len(call["proposals"]["nodes"]) for call in calls)
        case _:
            return len(answer["nodes"])
