"""Who plays, what they know so far, and the acts that several steps need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from main_job.client import Client
from main_job.house import House
from support.mail import MailSink

# The played call closes so long after it opened: everything of steps 1 to 3 fits in.
OPEN_S = 25
FIRM = "firm@demo.renkei.example"
PLAN = ("FEASIBILITY", "CONTENT", "ORGANIZATION", "BUDGET", "SAFETY")
INBOX = "{ unreadCount inbox(first: 100) { nodes { kind createdAt call { code } } } }"


class Cast:
    """The people of the play and its state."""

    def __init__(self, house: House, mails: MailSink) -> None:
        self.house = house
        self.mails = mails
        self._clients: list[Client] = []
        self.ministry = self.client(role="ministry")
        tokens = {
            role: house.token(role)
            for role in ("researcher", "partner", "office", "firm", "other-firm", "analyst")
        }
        self.people = {role: self.client(token=token) for role, token in tokens.items()}
        self.call: dict[str, Any] = {}
        self.proposal: dict[str, Any] = {}
        self.late: dict[str, Any] = {}
        self.receipt: dict[str, Any] = {}
        self.brief: dict[str, Any] = {}
        self.closes_at = datetime.now(UTC)

    def client(self, *, token: str | None = None, role: str | None = None) -> Client:
        """A client that is closed with the play."""
        self._clients.append(Client(self.house.url, token=token, role=role))
        return self._clients[-1]

    def close(self) -> None:
        """Close every client."""
        for client in self._clients:
            client.close()

    def _publish(self, title: str, seconds: int) -> tuple[dict[str, Any], datetime]:
        """A concept and a call in two areas, as the ministry."""
        who = self.ministry.ask(
            "{ viewer { posts { organization { id } } } organizations(filter: {kinds: [AGENCY]}) "
            "{ nodes { id } } }"
        )
        ministry = who["viewer"]["posts"][0]["organization"]["id"]
        programme = self._done(
            self.ministry.do(
                "createProgramme",
                {"kind": "RESEARCH", "titleJa": "重要技術育成（架空の制度）"},
                "... on ProgrammeCreated { programme { id } }",
            ),
            "ProgrammeCreated",
        )["programme"]
        concept = self._done(
            self.ministry.do(
                "publishConcept",
                {
                    "programmeId": programme["id"],
                    "type": "INDIVIDUAL",
                    "titleJa": "無人機の分散制御",
                    "summaryJa": "群れで働く無人機。",
                    "ministryIds": [ministry],
                    "agencyId": who["organizations"]["nodes"][0]["id"],
                    "areas": ["A20-ROBO", "A20-AIML"],
                },
                "... on ConceptPublished { concept { id } }",
            ),
            "ConceptPublished",
        )["concept"]
        now = datetime.now(UTC)
        closes = now + timedelta(seconds=seconds)
        draft = self._done(
            self.ministry.do(
                "draftCall",
                {
                    "conceptId": concept["id"],
                    "titleJa": title,
                    "summaryJa": "ドローンの群れを、止まらない通信で支える研究を公募します。",
                    "bodyJa": "無人航空機の自律制御と分散制御。",
                    "opensAt": now.isoformat(),
                    "closesAt": closes.isoformat(),
                    "areas": ["A20-ROBO", "A20-AIML"],
                },
                "... on CallDrafted { call { id } }",
            ),
            "CallDrafted",
        )["call"]
        call = self._done(
            self.ministry.do(
                "publishCall",
                {"callId": draft["id"]},
                "... on CallPublished { call { id code status title { ja } marking { label } } }",
            ),
            "CallPublished",
        )["call"]
        assert (call["status"], call["marking"]["label"]) == ("OPEN", "TLP:CLEAR")
        return call, closes

    def _draft(self, title: str) -> dict[str, Any]:
        drafted = self.people["researcher"].do(
            "draftProposal",
            {"callId": self.call["id"], "title": title},
            "... on ProposalDrafted { proposal { id number version leadOrganization { id } } }",
        )
        proposal: dict[str, Any] = self._done(drafted, "ProposalDrafted")["proposal"]
        return proposal

    def _invite(self, partner: Client) -> None:
        person = partner.ask("{ viewer { person { id } } }")["viewer"]["person"]["id"]
        self._done(
            self.people["researcher"].do(
                "invitePartner",
                {"proposalId": self.proposal["id"], "personId": person},
                "... on PartnerInvited { __typename }",
            ),
            "PartnerInvited",
        )
        self._done(
            partner.do(
                "answerInvitation",
                {"proposalId": self.proposal["id"], "agree": True},
                "... on InvitationAnswered { __typename }",
            ),
            "InvitationAnswered",
        )

    def _complete(self, proposal: dict[str, Any]) -> None:
        researcher = self.people["researcher"]
        document = (
            "query ($number: String!) { proposal(number: $number) { version members { id } } }"
        )
        now = researcher.ask(document, number=proposal["number"])["proposal"]
        saved = researcher.do(
            "saveProposal",
            {
                "proposalId": proposal["id"],
                "version": now["version"],
                "summary": "群れの飛行を、止まらない通信で支えます。",
                "startsOn": "2027-04-01",
                "endsOn": "2029-03-31",
                "plan": [{"section": one, "text": "計画を書きました。"} for one in PLAN],
                "members": [
                    {"id": member["id"], "effortPercent": 20, "otherEffortPercent": 30}
                    for member in now["members"]
                ],
                "budget": [
                    {
                        "organizationId": proposal["leadOrganization"]["id"],
                        "fiscalYear": 2027,
                        "directYen": 12_345_678,
                    }
                ],
                "otherFunding": [],
                "confirmIntegrity": True,
            },
            "... on ProposalSaved { proposal { missing { path } } }",
        )
        assert self._done(saved, "ProposalSaved")["proposal"]["missing"] == []

    def _release(self, analyst: Client, firm: Client) -> dict[str, Any]:
        reviewer = self.client(token=self.house.token("second-analyst"))
        reviewer_id = reviewer.ask("{ viewer { person { id } } }")["viewer"]["person"]["id"]
        organization = firm.ask("{ viewer { posts { organization { id } } } }")
        drafted = analyst.do(
            "draftBrief",
            {
                "kind": "SUPPLY_CHAIN_RISK",
                "titleJa": "希少元素の供給網の点検（見本）",
                "summaryJa": "希少元素の供給網を点検しました。",
                "bodyJa": "調達先が偏っています。",
                "informationDate": "2026-11-20",
                "areas": ["A20-MAT"],
                "reviewerId": reviewer_id,
                "marking": {"tlp": "TLP_AMBER_STRICT", "grade": 1},
                "judgements": [
                    {
                        "statement": {"ja": "偏りは続きます。"},
                        "likelihood": "LIKELY",
                        "confidence": "MODERATE",
                        "sources": [1],
                    }
                ],
                "sources": [
                    {
                        "type": "統計",
                        "title": "架空の貿易統計",
                        "publisher": "見本統計局",
                        "date": "2026-10-01",
                        "reliability": "B",
                        "public": False,
                    }
                ],
            },
            "... on BriefDrafted { brief { id code } }",
        )
        brief: dict[str, Any] = self._done(drafted, "BriefDrafted")["brief"]
        shared = analyst.do(
            "shareBrief",
            {
                "briefId": brief["id"],
                "organizationIds": [
                    post["organization"]["id"] for post in organization["viewer"]["posts"]
                ],
            },
            "... on BriefShared { __typename }",
        )
        self._done(shared, "BriefShared")
        released = analyst.do(
            "releaseBrief", {"briefId": brief["id"]}, "... on BriefReleased { __typename }"
        )
        self._done(released, "BriefReleased")
        return brief

    @staticmethod
    def _done(answer: dict[str, Any], success: str) -> dict[str, Any]:
        assert answer["__typename"] == success, answer
        return answer

    @staticmethod
    def _follow(client: Client, code: str) -> None:
        area = client.ask(
            "query ($c: [String!]) { areas(filter: {codes: $c}) { nodes { id } } }", c=[code]
        )
        answer = client.do(
            "followArea",
            {"areaId": area["areas"]["nodes"][0]["id"]},
            "... on Followed { __typename }",
        )
        assert answer["__typename"] == "Followed", answer

    @staticmethod
    def _kinds(client: Client, kind: str) -> list[dict[str, Any]]:
        return [one for one in client.ask(INBOX)["inbox"]["nodes"] if one["kind"] == kind]

    @staticmethod
    def _notices(client: Client, code: str) -> list[dict[str, Any]]:
        nodes = client.ask(INBOX)["inbox"]["nodes"]
        return [one for one in nodes if one["call"] and one["call"]["code"] == code]

    @staticmethod
    def _heard(events: list[tuple[float, dict[str, Any]]], code: str) -> float | None:
        for at, payload in events:
            call = (payload.get("data") or {}).get("noticeArrived", {}).get("call")
            if call and call["code"] == code:
                return at
        return None

    def _names(self, mail: Any) -> bool:
        return self.call["code"] in mail.text
