"""What notices and mails say, in both languages. Pure: texts go in, texts come out."""

from __future__ import annotations

from dataclasses import dataclass

from renkei.access.markings import TLP
from renkei.notices.rules import TELLINGS, Reason, Subject
from renkei.text import Text

TITLES: dict[str, Text] = {
    "call.published": Text("公募が公開されました", "A call was published"),
    "call.deadline_extended": Text("公募の締切が延びました", "A call's deadline was extended"),
    "call.cancelled": Text("公募が中止されました", "A call was cancelled"),
    "call.closing_soon": Text("公募の締切が近づいています", "A call closes soon"),
    "brief.released": Text("ブリーフが共有されました", "A brief was released"),
    "brief.shared": Text("ブリーフが共有されました", "A brief was shared with you"),
    "brief.corrected": Text("ブリーフの訂正版が出ました", "A brief was corrected"),
    "proposal.partner_invited": Text(
        "提案への参加を依頼されています", "You are asked to join a proposal"
    ),
    "proposal.consent_given": Text(
        "分担者が参加に同意しました", "A partner agreed to join the proposal"
    ),
    "proposal.consent_declined": Text(
        "分担者が参加を辞退しました", "A partner declined to join the proposal"
    ),
    "proposal.handed_in": Text(
        "提案書の承認を求められています", "A proposal awaits your institution's approval"
    ),
    "proposal.returned": Text("提案書が差し戻されました", "A proposal was returned to you"),
    "proposal.submitted": Text("提案書が提出されました", "The proposal was submitted"),
    "post.taken_up": Text("ポストに就きました。引継ぎ書があります", "You took up a post"),
    "deputy.named": Text("代理が置かれました", "A deputy was named"),
    "deputy.ending_soon": Text("代理の期限が近づいています", "A deputy's term ends soon"),
    "deputy.ended": Text("代理が終わりました", "A deputy's term was ended"),
    "audit.bulk_reading": Text("閲覧の数が目安を超えました", "More was read than is ordinary"),
}

REASONS: dict[Reason, Text] = {
    Reason.AREA: Text("フォローしている領域にかかわるためです。", "You follow one of its areas."),
    Reason.CALL: Text("この公募をフォローしているためです。", "You follow this call."),
    Reason.BRIEF: Text("このブリーフをフォローしているためです。", "You follow this brief."),
    Reason.ROLE: Text("あなたの役割にかかわるためです。", "It concerns you in your role."),
}

# R7.8: above TLP:CLEAR a mail says this and no more.
OPAQUE = Text(
    "新しい共有があります（リンクから開いてください）",
    "Something was shared with you. Open it here",
)
OPAQUE_SUBJECT = Text("新しい共有があります", "Something was shared with you")

INBOX = "inbox"
SIGNATURE = Text(
    "通知の設定：{follows}\nこのメールには返信できません。",
    "Change what you follow: {follows}\nReplies to this mail are not read.",
)


def title_of(kind: str) -> Text:
    """The title of a notice about a fact of this kind; says nothing of the subject itself."""
    return TITLES[kind]


def topic_of(kind: str) -> str:
    """What it is about: a kind of record, or `deadline` where a call's end moves or comes near."""
    if kind in {"call.deadline_extended", "call.closing_soon"}:
        return "deadline"
    return TELLINGS[kind].subject.value


def reason_text(reason: str) -> Text:
    """Why the person got the notice."""
    return REASONS[Reason(reason)]


@dataclass(frozen=True)
class Shown:
    """What the recipient may read of the subject at the moment of sending."""

    subject: Subject
    title: Text
    tlp: TLP
    # The path of its page below the language, `calls/K7F3-…`.
    page: str


@dataclass(frozen=True)
class Letter:
    """A mail's subject and plain text."""

    subject: str
    body: str


def letter(kind: str, reason: str, shown: Shown, *, public_url: str) -> Letter:
    """The mail about a notice, Japanese first, English below.

    Above TLP:CLEAR it holds neither a title nor what happened nor why, and its link is the same
    for everyone: what was shared shows when the recipient has signed in (R7.8).
    """
    base = public_url.rstrip("/")
    if shown.tlp is not TLP.CLEAR:
        return Letter(
            _line(f"[Renkei] {OPAQUE_SUBJECT.ja} / {OPAQUE_SUBJECT.en}"),
            _letter_body(
                [OPAQUE.ja, f"{base}/ja/{INBOX}"], [f"{OPAQUE.en}:", f"{base}/en/{INBOX}"], base
            ),
        )
    title, why = title_of(kind), reason_text(reason)
    return Letter(
        _line(f"[Renkei] {title.ja}：{shown.title.text('ja')}"),
        _letter_body(
            [f"{title.ja}。", "", shown.title.text("ja"), f"{base}/ja/{shown.page}", "", why.ja],
            [
                f"{title.en}.",
                "",
                shown.title.text("en"),
                f"{base}/en/{shown.page}",
                "",
                why.text("en"),
            ],
            base,
        ),
    )


def bilingual(title: Text, body: Text) -> Letter:
    """A letter in both languages, Japanese first, about nothing that is followed."""
    parts = [body.text("ja"), "", "----", "", body.text("en"), ""]
    return Letter(_line(f"[Renkei] {title.ja} / {title.text('en')}"), "\n".join(parts))


def invitation_letter(organization: Text, link: dict[str, str], days: int) -> Letter:
    """The mail to an address that a post is offered to; the post itself shows behind the link.

    `link` is the page in each language. It holds the one name that everybody may read.
    """
    ja, en = organization.ja, organization.text("en")
    japanese = (
        f"{ja}から、Renkeiへの招待が届いています。\n"
        f"次のリンクから、{days}日以内にお受けください。一度だけ使えます。\n"
        f"{link['ja']}\n\n"
        "心当たりがない場合は、何もせずにこのメールを削除してください。"
    )
    english = (
        f"{en} invites you to Renkei.\n"
        f"Accept within {days} days behind this link. It works once.\n"
        f"{link['en']}\n\n"
        "If you don't expect this, delete this mail; nothing will happen."
    )
    return bilingual(Text(f"{ja}からの招待", f"Invitation from {en}"), Text(japanese, english))


def _letter_body(japanese: list[str], english: list[str], base: str) -> str:
    return "\n".join(
        [
            *japanese,
            "",
            SIGNATURE.text("ja").format(follows=f"{base}/ja/follows"),
            "",
            "----",
            "",
            *english,
            "",
            SIGNATURE.text("en").format(follows=f"{base}/en/follows"),
            "",
        ]
    )


def _line(text: str) -> str:
    """One line: a title may hold line breaks, a header must not."""
    return " ".join(text.split())
