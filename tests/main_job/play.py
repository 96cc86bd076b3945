"""The main job, step by step: what Renkei is for, over HTTP against running processes."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from main_job.cast import FIRM, INBOX, OPEN_S, Cast
from main_job.client import until
from main_job.house import House
from support.mail import MailSink


class Play(Cast):
    """Each method is one step and says what was seen."""

    def steps(self) -> Iterator[Callable[[], str]]:
        """The steps in their order."""
        yield self.a_call_is_published_and_whoever_follows_hears_at_once
        yield self.a_researcher_finds_drafts_completes_and_hands_in
        yield self.the_office_forwards_and_the_receipt_verifies
        yield self.after_the_deadline_nothing_is_accepted_and_nothing_is_lost
        yield self.a_brief_is_seen_by_those_it_is_shared_with_and_by_nobody_else
        yield self.everything_survives_a_killed_worker_and_a_restart

    # -- 1 and 2 ---------------------------------------------------------------------------------

    def a_call_is_published_and_whoever_follows_hears_at_once(self) -> str:
        """The ministry publishes a concept and a call; a firm that follows its area hears of it."""
        firm, other = self.people["firm"], self.people["other-firm"]
        self._follow(firm, "A20-ROBO")
        self._follow(other, "A20-BIO")
        before = len(self._kinds(other, "call.published"))
        with firm.live() as live:
            published = self._publish("小型無人機の自律制御・分散制御技術に関する研究開発", OPEN_S)
            self.call, self.closes_at = published
            sent = time.monotonic()
            live_s = (
                until("the live notice", lambda: self._heard(live.events, self.call["code"])) - sent
            )
        until("the inbox", lambda: self._notices(firm, self.call["code"]))
        assert len(self._notices(firm, self.call["code"])) == 1
        mail = until("the mail", lambda: [m for m in self.mails.sent_to(FIRM) if self._names(m)])[0]
        assert self.call["title"]["ja"] in mail.text + mail.subject
        assert len(self._kinds(other, "call.published")) == before
        return f"live notice {live_s:.2f} s after the answer to publishCall; inbox and mail too"

    # -- 3 ---------------------------------------------------------------------------------------

    def a_researcher_finds_drafts_completes_and_hands_in(self) -> str:
        """無人機 finds ドローン; all that is missing is told at once; then it is complete."""
        researcher, partner = self.people["researcher"], self.people["partner"]
        search = """query { search(text: "無人機", kinds: [CALL], first: 50) {
            hits { item { ... on Call { id code } } snippet { text marked } } } }"""

        def found() -> list[dict[str, Any]]:
            hits = researcher.ask(search)["search"]["hits"]
            return [hit for hit in hits if hit["item"]["id"] == self.call["id"]]

        hit = until("the search", found)[0]
        marked = {piece["text"] for piece in hit["snippet"] if piece["marked"]}
        assert marked & {"ドローン", "無人航空機"}, marked
        self.proposal = self._draft("群れで支えあう小型無人機")
        self.late = self._draft("間に合わなかった提案")
        refused = researcher.do(
            "handInProposal",
            {"proposalId": self.proposal["id"]},
            "... on ProposalHandedIn { __typename }",
        )
        assert refused["__typename"] == "InvalidInput", refused
        missing = [problem["path"] for problem in refused["problems"]]
        assert ["summary"] in missing
        assert ["plan", "SAFETY"] in missing
        self._invite(partner)
        self._complete(self.proposal)
        self._complete(self.late)
        handed = self._done(
            researcher.do(
                "handInProposal",
                {"proposalId": self.proposal["id"], "idempotencyKey": "hand-in-1"},
                "... on ProposalHandedIn { proposal { status } }",
            ),
            "ProposalHandedIn",
        )
        assert handed["proposal"]["status"] == "PENDING_INSTITUTION"
        return f"found by {sorted(marked)}; {len(missing)} things were missing, told at once"

    def the_office_forwards_and_the_receipt_verifies(self) -> str:
        """The institution's office forwards before the deadline; the receipt verifies offline."""
        selection = """... on ProposalSubmitted { proposal { status }
            receipt { number submittedAt sha256 document } }"""
        order = {"proposalId": self.proposal["id"], "idempotencyKey": "forward-1"}
        office = self.people["office"]
        first = self._done(office.do("forwardProposal", order, selection), "ProposalSubmitted")
        again = self._done(office.do("forwardProposal", order, selection), "ProposalSubmitted")
        assert again == first, "the same key gives the same answer"
        second = office.do("forwardProposal", {"proposalId": self.proposal["id"]}, selection)
        assert second["__typename"] == "NotAllowed", second
        self.receipt = first["receipt"]
        file = self.house.data / "receipt.json"
        file.write_text(json.dumps(self.receipt["document"], ensure_ascii=False))
        said = self.house.command("receipt", "verify", str(file))
        seen = """query ($number: String!) { proposal(number: $number) {
            receipt { number sha256 } } }"""
        got = self.people["researcher"].ask(seen, number=self.proposal["number"])
        assert got["proposal"]["receipt"]["number"] == self.receipt["number"]
        return f"receipt {self.receipt['number']}; receipt verify: {said.splitlines()[0]}"

    # -- 4 ---------------------------------------------------------------------------------------

    def after_the_deadline_nothing_is_accepted_and_nothing_is_lost(self) -> str:
        """One second after the deadline a submission is refused, and the draft is untouched."""
        document = """query ($number: String!) { proposal(number: $number) {
            status version title updatedAt } }"""
        researcher = self.people["researcher"]
        before = researcher.ask(document, number=self.late["number"])
        time.sleep(max(0.0, (self.closes_at - datetime.now(UTC)).total_seconds()) + 1)
        refused = researcher.do(
            "handInProposal",
            {"proposalId": self.late["id"]},
            "... on ProposalHandedIn { __typename }",
        )
        assert (refused["__typename"], refused["code"]) == ("DeadlinePassed", "DEADLINE_PASSED")
        assert researcher.ask(document, number=self.late["number"]) == before
        return str(refused["messageJa"])

    # -- 5 ---------------------------------------------------------------------------------------

    def a_brief_is_seen_by_those_it_is_shared_with_and_by_nobody_else(self) -> str:
        """Shared with the firm's organisation: it sees and finds it; others see no trace."""
        analyst, firm = self.people["analyst"], self.people["firm"]
        others = [self.people[role] for role in ("researcher", "office", "other-firm")]
        others += [self.ministry, self.client()]
        count = "{ briefs { totalCount } }"
        before = [other.post(count).json() for other in others]
        self.brief = self._release(analyst, firm)
        traces = """query ($id: ID!, $code: String!) {
            node(id: $id) { id } brief(code: $code) { code }
            briefs(first: 100) { totalCount nodes { code } }
            search(text: "希少元素の供給網", kinds: [BRIEF], first: 100) {
              totalCount hits { item { ... on Brief { code } } snippet { text } } } }"""
        known = {"id": self.brief["id"], "code": self.brief["code"]}

        def found() -> bool:
            hits = firm.ask(traces, **known)["search"]["hits"]
            return self.brief["code"] in [hit["item"]["code"] for hit in hits]

        until("the brief in the firm's search", found)
        seen = firm.ask(traces, **known)
        assert seen["node"] == {"id": self.brief["id"]}
        assert seen["brief"] == {"code": self.brief["code"]}
        nothing = {"id": self.brief["id"][:-4] + "AAAA", "code": "B000-0000-0000"}
        for other, counted in zip(others, before, strict=True):
            shown, missing = other.post(traces, **known), other.post(traces, **nothing)
            assert shown.json() == missing.json()
            assert self.brief["code"] not in shown.text
            assert other.post(count).json() == counted
        return f"{self.brief['code']} is the firm's; {len(others)} others see what they saw before"

    # -- 6 ---------------------------------------------------------------------------------------

    def everything_survives_a_killed_worker_and_a_restart(self) -> str:
        """`kill -9` of the worker, then all processes anew: nothing is lost, nothing is doubled."""
        firm = self.people["firm"]
        killed = self.house.kill_worker()
        call, _ = self._publish("作業員が倒れたあいだの公募", 3600)
        began = time.monotonic()
        until("the notice after kill -9", lambda: self._notices(firm, call["code"]), seconds=90)
        took = time.monotonic() - began
        inbox = firm.ask(INBOX)
        self.house.stop()
        self.house.start()
        assert firm.ask(INBOX) == inbox
        assert len(self._notices(firm, call["code"])) == 1
        document = (
            "query ($number: String!) { proposal(number: $number) { status receipt { number } } }"
        )
        kept = self.people["researcher"].ask(document, number=self.proposal["number"])["proposal"]
        assert kept == {"status": "SUBMITTED", "receipt": {"number": self.receipt["number"]}}
        document = "query ($code: String!) { brief(code: $code) { code } }"
        assert firm.ask(document, code=self.brief["code"])["brief"] == {"code": self.brief["code"]}
        ids = {
            str(mail.message["Message-ID"])
            for mail in self.mails.sent_to(FIRM)
            if call["code"] in mail.text
        }
        assert len(ids) == 1, ids
        return (
            f"worker {killed} killed, notice after {took:.2f} s; "
            f"ready again in {self.house.ready_after_s:.1f} s"
        )


def perform(say: Callable[[str], None]) -> tuple[int, int]:
    """Play all steps; how many there are and how many passed. The first failure ends the play."""
    mails = MailSink()
    mails.start()
    with tempfile.TemporaryDirectory(prefix="renkei-") as folder:
        house = House(Path(folder) / "data", mails.url)
        passed = 0
        try:
            house.start()
            say(f"ready in {house.ready_after_s:.1f} s")
            with closing(Play(house, mails)) as play:
                steps = list(play.steps())
                for number, step in enumerate(steps, start=1):
                    seen = step()
                    passed += 1
                    say(f"{number}. {step.__name__.replace('_', ' ')}: {seen}")
        finally:
            house.stop()
            mails.stop()
    return len(steps), passed
