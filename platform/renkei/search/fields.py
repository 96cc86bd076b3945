"""What of a document goes into which field of the embedded index."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import tantivy

from renkei.language import (
    analyse_normalised,
    fingerprint,
    fold_normalised,
    grams,
    kanji,
    mentions,
    normalise,
    reading_grams,
)
from renkei.search.documents import DENY_PREFIX, SearchDocument
from renkei.search.ranking import LEVELS, impact_level

# Raise it when fields or levels change: an index of another form is rebuilt, never read.
_FORM = 1
SCORED = ("word", "gram", "aloud", "reading", "synonym", "concept")
# Stands where a document's gate groups end. Real tokens follow a colon.
NO_GATE = "free"
TEACHES = "teaches"

# A match in the title counts as this many in the body.
_TITLE_TIMES = 2
_TERM_LIMIT = 64
# Ties and, by a thousandth, near ties go to what changed last; see `recency`.
_RECENCY_SPAN = 2.0**-10
_EPOCH_YEARS = 200


def form() -> str:
    """What an index was built with; compared before it is used."""
    return f"{_FORM}-{fingerprint()}"


def schema() -> tantivy.Schema:
    """The embedded index's schema: terms without positions or frequencies, tokens as they are."""
    builder = tantivy.SchemaBuilder()
    for stored in ("id", "kind"):
        builder.add_text_field(stored, stored=True, tokenizer_name="raw", index_option="basic")
    for raw in ("area", "audience", "deny", "gate", "flag"):
        builder.add_text_field(raw, tokenizer_name="raw", index_option="basic")
    for terms in (*SCORED, "kanji"):
        builder.add_text_field(terms, tokenizer_name="whitespace", index_option="basic")
    builder.add_float_field("recency", fast=True)
    # `changed` and `lot` decide ties that scores leave open; the lot is drawn from the id.
    builder.add_unsigned_field("changed", fast=True)
    builder.add_unsigned_field("lot", fast=True)
    return builder.build()


def entry(document: SearchDocument) -> tantivy.Document:
    """A document as it is put into the index."""
    made = tantivy.Document()
    made.add_text("id", str(document.id))
    made.add_text("kind", document.kind)
    for area in document.areas:
        made.add_text("area", area)
    for token in document.audience:
        made.add_text("audience", token)
    for token in document.deny:
        made.add_text("deny", token.removeprefix(DENY_PREFIX))
    for number, group in enumerate(document.gates):
        for token in group:
            made.add_text("gate", gate_term(number, token))
    made.add_text("gate", gate_term(len(document.gates), None))
    if document.teaches:
        made.add_text("flag", TEACHES)
    for field, terms in _terms(document).items():
        made.add_text(field, " ".join(terms))
    made.add_float("recency", recency(document.changed_at))
    made.add_unsigned("changed", int(document.changed_at.timestamp() * 1_000_000) + 2**62)
    made.add_unsigned("lot", document.id.int % 2**64)
    return made


def gate_term(number: int, token: str | None) -> str:
    """The term of one token of gate group `number`, or of no group from that number on."""
    return f"{number}{NO_GATE}" if token is None else f"{number}:{token}"


def level_terms(term: str) -> list[str]:
    """The forms that one term has in a scored field, one for each impact level."""
    cut = term[:_TERM_LIMIT]
    return [f"{cut}{level}" for level in range(len(LEVELS))]


def recency(changed_at: datetime) -> float:
    """A number from 0 to 2**-10, larger for later instants (1970 to 2170).

    The engine multiplies a score by log2(2 + recency): at most a thousandth more.
    """
    years = changed_at.timestamp() / (365.25 * 86_400)
    share = min(max(years / _EPOCH_YEARS, 0.0), 1.0)
    # Rounded to 32 bits here, so that nothing depends on where the engine rounds.
    return float(struct.unpack("f", struct.pack("f", share * _RECENCY_SPAN))[0])


def _terms(document: SearchDocument) -> dict[str, list[str]]:
    """The terms of each text field: with their levels where the field is scored."""
    counts: dict[str, Counter[str]] = {field: Counter() for field in SCORED}
    singles: set[str] = set()
    length = 0
    title = f"{document.title.ja}\n{document.title.en or ''}"
    for text, times in ((title, _TITLE_TIMES), (document.body, 1)):
        found, content = _analysed(text)
        length += content
        for field, terms in found.items():
            if field == "kanji":
                singles.update(terms)
            else:
                for term in terms:
                    counts[field][term] += times
    leveled = {
        field: [
            f"{term[:_TERM_LIMIT]}{impact_level(count, length)}" for term, count in terms.items()
        ]
        for field, terms in counts.items()
    }
    return {**leveled, "kanji": sorted(singles)}


def _analysed(text: str) -> tuple[dict[str, Iterable[str]], int]:
    normalised = normalise(text)
    tokens = analyse_normalised(normalised)
    folded = fold_normalised(normalised)
    content = [token for token in tokens if token.content]
    return {
        "word": ("".join(token.word.split()) for token in content),
        "gram": grams(folded),
        "aloud": reading_grams(tokens),
        "reading": (token.reading for token in content if token.reading),
        "synonym": (str(group) for token in content for group in token.synonyms),
        "concept": (str(mention.concept) for mention in mentions(tokens)),
        "kanji": kanji(folded),
    }, len(content)
