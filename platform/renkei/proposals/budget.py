"""A proposal's money: lines in whole yen, indirect costs, sums by fiscal year."""

from __future__ import annotations

from dataclasses import dataclass

from renkei.calls.rules import STANDARD_INDIRECT_PERCENT, check_yen
from renkei.problems import Problem


@dataclass(frozen=True)
class BudgetLine:
    """Direct costs of one organisation in one fiscal year, in yen."""

    organization: str
    fiscal_year: int
    direct_yen: int


def indirect_yen(direct_yen: int, percent: int = STANDARD_INDIRECT_PERCENT) -> int:
    """Indirect costs in yen: `percent` of the direct costs, fractions of a yen dropped (R3.8)."""
    return direct_yen * percent // 100


@dataclass(frozen=True)
class Costs:
    """Direct and indirect costs, in yen."""

    direct_yen: int = 0
    indirect_yen: int = 0

    @property
    def total_yen(self) -> int:
        """What is granted altogether."""
        return self.direct_yen + self.indirect_yen


def costs_by_year(
    budget: tuple[BudgetLine, ...], percent: int = STANDARD_INDIRECT_PERCENT
) -> dict[int, Costs]:
    """Costs by fiscal year. Indirect costs are cut per line, so that sums agree both ways."""
    years: dict[int, Costs] = {}
    for line in sorted(budget, key=lambda line: line.fiscal_year):
        so_far = years.get(line.fiscal_year, Costs())
        years[line.fiscal_year] = Costs(
            so_far.direct_yen + line.direct_yen,
            so_far.indirect_yen + indirect_yen(line.direct_yen, percent),
        )
    return years


def check_budget(
    budget: tuple[BudgetLine, ...],
    *,
    organizations: frozenset[str],
    years: tuple[int, ...] | None = None,
    limit_yen: int | None = None,
) -> list[Problem]:
    """The problems of a budget: whole yen, once per organisation and year, within the limit.

    `organizations` are those of the team, `years` the fiscal years of the period (None where the
    period is not known yet), `limit_yen` what the call grants in direct costs, None where it sets
    no limit.
    """
    if not any(line.direct_yen for line in budget):
        return [Problem(("budget",), "BUDGET_EMPTY", "The budget is empty.", "予算が空です。")]
    problems = []
    seen: set[tuple[str, int]] = set()
    for place, line in enumerate(budget):
        found = check_yen(("directYen",), line.direct_yen)
        if (line.organization, line.fiscal_year) in seen:
            found.append(
                Problem(
                    ("fiscalYear",),
                    "TWICE",
                    "This organisation has a line for this year already.",
                    "この機関のこの年度の行は、すでにあります。",
                )
            )
        seen.add((line.organization, line.fiscal_year))
        if years is not None and line.fiscal_year not in years:
            found.append(
                Problem(
                    ("fiscalYear",),
                    "YEAR_OUTSIDE_PERIOD",
                    f"Fiscal year {line.fiscal_year} is outside the period.",
                    f"{line.fiscal_year}年度は研究期間の外です。",
                )
            )
        if line.organization not in organizations:
            found.append(
                Problem(
                    ("organizationId",),
                    "NOT_IN_TEAM",
                    "No member belongs to this organisation.",
                    "この機関に属する人が、体制にいません。",
                )
            )
        problems += [problem.under("budget", str(place)) for problem in found]
    total = sum(line.direct_yen for line in budget)
    if limit_yen is not None and total > limit_yen:
        problems.append(
            Problem(
                ("budget",),
                "OVER_LIMIT",
                f"Direct costs are {total:,} yen; the call's limit is {limit_yen:,}.",
                f"直接経費が{total:,}円です。上限は{limit_yen:,}円です。",
            )
        )
    return problems
