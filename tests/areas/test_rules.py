"""The versioned lists and how they are read (R12)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from renkei.areas.rules import (
    OUR_JUDGEMENT,
    AreaList,
    AreaRow,
    Catalogue,
    Confidence,
    Mapping,
    parse_catalogue,
    parse_mappings,
    wording_label,
)
from renkei.areas.shipped import shipped_catalogue, shipped_mappings
from renkei.text import Text

SNAPSHOT = date(2026, 1, 15)
GOODS = AreaList("goods", "2026", Text("物資"))


def told(text: str, known: tuple[AreaList, ...] = (GOODS,)) -> list[tuple[tuple[str, ...], str]]:
    catalogue, problems = parse_catalogue(text, known)
    assert (catalogue is None) is bool(problems)
    return [(problem.path, problem.code) for problem in problems]


class TestWhatTheProductShips:
    @pytest.mark.parametrize(
        ("list_code", "rows", "in_force"),
        [
            ("20areas", 20, 20),
            ("critical_area_list", 0, 0),
            ("kprogram50", 54, 54),
            ("strategic17", 17, 17),
            ("national_strategic6", 6, 6),
            ("emerging_foundational10", 10, 10),
            ("critical_goods", 16, 16),
            ("essential_services", 0, 0),
            ("infrastructure", 16, 15),
            ("patent25", 25, 25),
        ],
    )
    def test_how_many_rows_each_list_has(self, list_code: str, rows: int, in_force: int) -> None:
        catalogue = shipped_catalogue()
        assert list_code in {one.code for one in catalogue.lists}
        assert len(catalogue.rows_of(list_code)) == rows
        assert len(catalogue.in_force(list_code, SNAPSHOT)) == in_force

    def test_the_fifty_technologies_in_two_visions_and_four_domains(self) -> None:
        rows = shipped_catalogue().rows_of("kprogram50")
        domains = [row for row in rows if row.kind == "domain"]
        technologies = [row for row in rows if row.kind == "technology"]
        assert len(domains) == 4
        assert [
            sum(row.facts["vision"] == vision for row in technologies) for vision in ("1", "2")
        ] == [27, 23]
        assert {row.parent for row in technologies} == {row.code for row in domains}

    @pytest.mark.parametrize(
        ("list_code", "day", "count"),
        [
            ("critical_goods", date(2025, 12, 23), 12),
            ("critical_goods", date(2025, 12, 24), 16),
            ("infrastructure", date(2025, 3, 31), 14),
            ("infrastructure", date(2025, 4, 1), 15),
        ],
    )
    def test_lists_change_on_their_day(self, list_code: str, day: date, count: int) -> None:
        assert len(shipped_catalogue().in_force(list_code, day)) == count

    def test_medical_care_is_proposed_and_not_in_force(self) -> None:
        proposed = [row.code for row in shipped_catalogue().rows if row.proposed]
        assert proposed == ["CI-MED"]

    def test_a_month_without_its_day_is_unconfirmed(self) -> None:
        rows = {row.code: row for row in shipped_catalogue().rows}
        first, later = rows["CG-ANTIBIO"], rows["CG-UAV"]
        assert (first.effective_from, first.day_confirmed) == (date(2022, 12, 1), False)
        assert (later.effective_from, later.day_confirmed) == (date(2025, 12, 24), True)

    def test_every_row_has_a_source_and_says_how_sure_its_wording_is(self) -> None:
        rows = shipped_catalogue().rows
        assert [row.code for row in rows if not row.source.strip()] == []
        unconfirmed = [row for row in rows if wording_label(row.confidence) is not None]
        assert {row.confidence for row in unconfirmed} == {Confidence.LIKELY}

    def test_every_mapping_is_our_judgement_between_two_lists(self) -> None:
        mappings = shipped_mappings()
        assert {one.basis for one in mappings} == {OUR_JUDGEMENT}
        assert [one for one in mappings if one.from_list == one.to_list] == []
        assert Mapping("critical_goods", "CG-UAV", "20areas", "A20-ROBO") in mappings

    @pytest.mark.needs_shared
    def test_the_facts_are_those_that_were_gathered(self, shared_dir: Path) -> None:
        gathered = yaml.safe_load((shared_dir / "domain/areas.yaml").read_text(encoding="utf-8"))
        assert sorted(
            (row.list_code, row.code, row.name.ja, row.name.en, row.parent, row.confidence.value)
            for row in shipped_catalogue().rows
        ) == sorted(
            (
                *(row["list"], row["code"], row["name_ja"], row["name_en"]),
                *(row["parent"], row["confidence"]),
            )
            for row in gathered
        )

    @pytest.mark.needs_shared
    def test_a_bare_sequence_of_rows_is_read_against_known_lists(self, shared_dir: Path) -> None:
        text = (shared_dir / "domain/areas.yaml").read_text(encoding="utf-8")
        catalogue, problems = parse_catalogue(text, shipped_catalogue().lists)
        assert problems == []
        assert catalogue is not None
        assert (len(catalogue.lists), len(catalogue.rows)) == (8, 164)


class TestReading:
    def test_a_file_with_lists_sources_and_rows(self) -> None:
        text = """
sources: {law: 官報（架空）}
lists:
  - {code: goods, version: "2026", name_ja: 物資, effective_from: 2026-04-01}
rows:
  - {list: goods, code: G-1, name_ja: 髙性能ポンプ, name_en: Pumps,
     confidence: verified, source: law}
  - {list: goods, code: G-2, name_ja: 𠮷野杉, parent: G-1, order: 7,
     confidence: unconfirmed-doubtful, source: 聞き取り, lead: 見本省,
     effective_from: 2026-05, effective_to: 2026-06-01, status: proposed}
"""
        one = AreaList("goods", "2026", Text("物資"), date(2026, 4, 1))
        assert parse_catalogue(text) == (
            Catalogue(
                (one,),
                (
                    AreaRow(
                        *("goods", "2026", "G-1", Text("髙性能ポンプ", "Pumps"), 1),
                        Confidence.VERIFIED,
                        "官報（架空）",
                    ),
                    AreaRow(
                        *("goods", "2026", "G-2", Text("𠮷野杉"), 7),
                        Confidence.DOUBTFUL,
                        "聞き取り",
                        parent="G-1",
                        effective_from=date(2026, 5, 1),
                        effective_to=date(2026, 6, 1),
                        day_confirmed=False,
                        proposed=True,
                        facts={"lead": "見本省"},
                    ),
                ),
            ),
            [],
        )

    def test_every_problem_is_told_with_its_line(self) -> None:
        text = """- {list: goods, code: G-1, name_ja: ポンプ, confidence: verified, source: 官報}
- {list: godos, code: g 2, name_ja: "", confidence: sure, order: 0, effective_from: 2026-13-01}
- {list: goods, code: G-1, name_ja: ポンプ, confidence: verified, source: 官報, parent: G-9}
- {list: goods, code: G-3, name_ja: 弁, confidence: verified, source: 官報,
   effective_from: 2026-02-01, effective_to: 2026-02-01, status: maybe}
"""
        assert told(text) == [
            (("line 2", "code"), "CODE_FORM"),
            (("line 2", "name_ja"), "REQUIRED"),
            (("line 2", "list"), "UNKNOWN_LIST"),
            (("line 2", "confidence"), "UNKNOWN_CONFIDENCE"),
            (("line 2", "source"), "REQUIRED"),
            (("line 2", "order"), "NOT_A_NUMBER"),
            (("line 2", "effective_from"), "NOT_A_DAY"),
            (("line 3", "code"), "TWICE"),
            (("line 4", "effective_to"), "END_BEFORE_START"),
            (("line 4", "status"), "UNKNOWN_STATUS"),
            (("line 3", "parent"), "UNKNOWN_PARENT"),
        ]

    def test_parents_that_form_a_ring_are_refused(self) -> None:
        row = (
            "- {list: goods, code: %s, parent: %s, name_ja: 弁, confidence: verified, source: 官報}"
        )
        assert told("\n".join([row % ("G-1", "G-2"), row % ("G-2", "G-1")])) == [
            (("line 1", "parent"), "UNKNOWN_PARENT"),
            (("line 2", "parent"), "UNKNOWN_PARENT"),
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("rows: [", (("line 1",), "NOT_YAML")),
            ("rows:\n  - &a {code: x}\n  - *a\n", (("line 3",), "NOT_YAML")),
            ("rows: \x00", (("line 1",), "NOT_YAML")),
            ("just words", (("line 1",), "WRONG_SHAPE")),
            ("rows:\n  - {code: [1, 2]}\n", (("line 2",), "WRONG_SHAPE")),
            ("[" * 5_000, (("line 1",), "NOT_YAML")),
            ("あ" * 2_000_001, ((), "TOO_LONG")),
        ],
    )
    def test_what_is_no_such_file_is_refused(
        self, text: str, expected: tuple[tuple[str, ...], str]
    ) -> None:
        assert told(text) == [expected]

    def test_nul_and_half_surrogates_in_a_value_are_refused(self) -> None:
        row = '- {list: goods, code: G-1, name_ja: "%s", confidence: verified, source: 官報}'
        assert told(row % "\\0") == [(("line 1", "name_ja"), "CONTROL_CHARACTER")]
        assert told(row % "\\ud800") == [(("line 1", "name_ja"), "BROKEN_TEXT")]
        assert told(row % ("長" * 100_000)) == [(("line 1", "name_ja"), "TOO_LONG")]


class TestMappings:
    CATALOGUE = Catalogue(
        rows=tuple(
            AreaRow(name, "1", "X-1", Text("項目"), 1, Confidence.VERIFIED, "官報")
            for name in ("one", "two")
        )
    )

    def test_a_mapping_joins_two_lists(self) -> None:
        text = "rows:\n  - {from: one/X-1, to: two/X-1, basis: our_judgement}\n"
        assert parse_mappings(text, self.CATALOGUE) == (
            (Mapping("one", "X-1", "two", "X-1", OUR_JUDGEMENT),),
            [],
        )

    def test_every_problem_is_told_with_its_line(self) -> None:
        text = """rows:
  - {from: one/X-1, to: two/X-1, basis: our_judgement}
  - {from: two/X-1, to: one/X-1, basis: our_judgement}
  - {from: one/X-1, to: one/X-1, basis: our_judgement}
  - {from: one/X-1, to: three/X-1}
"""
        mappings, problems = parse_mappings(text, self.CATALOGUE)
        assert mappings is None
        assert [(problem.path, problem.code) for problem in problems] == [
            (("line 3", "to"), "TWICE"),
            (("line 4", "to"), "TWICE"),
            (("line 5", "to"), "UNKNOWN_AREA"),
            (("line 5", "basis"), "BASIS_MISSING"),
        ]


def test_unconfirmed_wording_is_labelled() -> None:
    label = Text("文言未確認", "wording unconfirmed")
    assert [wording_label(confidence) for confidence in Confidence] == [
        None,
        label,
        label,
    ]
