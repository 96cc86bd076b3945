"""Words that fields say, as the documentation has them, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]

UNCONFIRMED: Pair = ("文言未確認", "wording unconfirmed")
SECTIONS: Mapping[str, Pair] = {
    "FEASIBILITY": ("成果活用の実現可能性", "feasibility of using the results"),
    "CONTENT": ("研究開発の内容", "R&D content"),
    "ORGANIZATION": ("実施体制", "organisation"),
    "BUDGET": ("予算計画", "budget plan"),
    "SAFETY": ("安全管理措置の計画", "safety-management plan"),
    "CORE_TECHNOLOGY": (
        "コア重要技術等と流出防止措置",
        "core technology and leakage prevention",
    ),
}
# Of the kinds of notices that worlds have.
TITLES: Mapping[str, Pair] = {
    "call.published": ("公募が公開されました", "A call was published"),
    "brief.released": ("ブリーフが共有されました", "A brief was released"),
    "proposal.handed_in": (
        "提案書の承認を求められています",
        "A proposal awaits your institution's approval",
    ),
    "post.taken_up": ("ポストに就きました。引継ぎ書があります", "You took up a post"),
    "audit.bulk_reading": ("閲覧の数が目安を超えました", "More was read than is ordinary"),
}
REASONS: Mapping[str, Pair] = {
    "role": ("あなたの役割にかかわるためです。", "It concerns you in your role."),
}
# The settings of a deployment that sets none.
AUDIT = {"alarmPerHour": 300, "alarmPerDay": 600}
SPANS: Mapping[str, Pair] = {"hour": ("1時間", "an hour"), "day": ("24時間", "24 hours")}
WHOM: Mapping[str, str] = {
    "public": "EVERYONE",
    "member": "MEMBERS",
    "org": "ORGANIZATION",
    "office": "OFFICE",
    "group": "GROUP",
    "post": "POST",
    "person": "PERSON",
    "home": "AT_HOME_IN",
    "from": "COMING_FROM",
    "consent": "CONSENTED_TO",
    "stepped-up": "STEPPED_UP",
    "administrator": "ADMINISTRATORS",
}
