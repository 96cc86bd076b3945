"""Japanese as search needs it: folding, Sudachi's analysis, the glossary, highlights."""

from renkei.language.analysis import Token, analyse, analyse_normalised
from renkei.language.folding import fold, fold_normalised, is_hiragana, normalise
from renkei.language.glossary import Concept, Mention, concepts, fingerprint, mentions
from renkei.language.grams import grams, kana_grams, kanji, reading_grams
from renkei.language.highlight import highlight

__all__ = [
    "Concept",
    "Mention",
    "Token",
    "analyse",
    "analyse_normalised",
    "concepts",
    "fingerprint",
    "fold",
    "fold_normalised",
    "grams",
    "highlight",
    "is_hiragana",
    "kana_grams",
    "kanji",
    "mentions",
    "normalise",
    "reading_grams",
]
