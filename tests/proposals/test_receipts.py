"""Receipts: canonical content, signatures, and checking them offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from renkei.codes import ALPHABET, new_number, parse_number
from renkei.proposals.receipts import (
    RECEIPT_PREFIX,
    Verification,
    make_receipt,
    sha256,
    verify_receipt,
)
from renkei.signing import Json, canonical, key_id, key_set, read_key_set

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYS = {key_id(KEY.public_key()): KEY.public_key()}
CONTENT: Json = {
    "title": "群れで支えあう小型ドローン",
    "members": ["髙瀬 美咲", "𠮷村 遥"],
    "yen": 1,
}
AT = datetime(2027, 1, 28, 7, 42, 7, 318_999, tzinfo=UTC)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@pytest.fixture
def receipt() -> dict[str, Json]:
    return make_receipt(
        number=new_number(RECEIPT_PREFIX),
        submitted_at=AT,
        subject={"title": "群れで支えあう小型ドローン", "principalInvestigator": "髙瀬 美咲"},
        content=CONTENT,
        key=KEY,
    )


def reasons(verification: Verification) -> list[tuple[tuple[str, ...], str]]:
    return [(reason.path, reason.code) for reason in verification.reasons]


class TestNumbers:
    @given(st.integers(0, 2**50 - 1), st.integers(0, 11), st.sampled_from(ALPHABET))
    def test_every_wrong_character_is_found(self, seed: int, place: int, wrong: str) -> None:
        digits = iter([seed >> 5 * step & 31 for step in range(10)] + [7, 5, 3] * 1_000)
        number = new_number(RECEIPT_PREFIX, lambda _limit: next(digits))
        assert parse_number(number, RECEIPT_PREFIX) == (number, [])
        typed = list(number.replace("-", ""))
        right, typed[place] = typed[place], wrong
        parsed, _ = parse_number("".join(typed), RECEIPT_PREFIX)
        assert parsed == (number if right == wrong else None)

    def test_it_is_read_as_people_type_it(self) -> None:
        number = new_number(RECEIPT_PREFIX)
        full_width = number.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
        misread = number.lower().replace("0", "o").replace("1", "l")
        for typed in (full_width, misread, number.replace("-", " ")):
            assert parse_number(typed, RECEIPT_PREFIX) == (number, [])

    def test_another_prefix_is_refused_with_its_path(self) -> None:
        parsed, problems = parse_number(new_number("P"), RECEIPT_PREFIX, ("number",))
        assert parsed is None
        assert [(one.path, one.code) for one in problems] == [(("number",), "NUMBER_CHECK")]


class TestCanonicalContent:
    def test_there_is_one_way_to_write_it(self) -> None:
        assert canonical({"b": [1, True, None], "a": "髙\n\u007f\x01"}) == (
            '{"a":"髙\\n\u007f\\u0001","b":[1,true,null]}'.encode()
        )

    def test_keys_are_sorted_by_utf_16_units_as_rfc_8785_says(self) -> None:
        written = canonical({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "ö": 6})
        assert list(json.loads(written)) == ["\r", "1", "ö", "€", "😀", "\ufb33"]

    @given(JSON_VALUES)
    def test_order_and_white_space_of_the_input_do_not_matter(self, value: Json) -> None:
        written = canonical(value)
        assert canonical(json.loads(json.dumps(value, indent=2))) == written
        assert json.loads(written) == value

    @pytest.mark.parametrize(
        "value", [0.5, 2**53, -(2**53), {1: "a"}, ["\ud800"], {"\ud800": 1}, b""]
    )
    def test_what_not_every_reader_keeps_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError, match=r"canonical form|surrogates"):
            canonical(value)  # type: ignore[arg-type]  # that it does not fit is the point

    def test_the_digest(self) -> None:
        empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        assert sha256({}) == empty


class TestReceipts:
    def test_it_says_when_and_of_what_without_the_content(self, receipt: dict[str, Json]) -> None:
        assert set(receipt) == {
            "format",
            "number",
            "keyId",
            "submittedAt",
            "subject",
            "sha256",
            "signature",
        }
        assert receipt["submittedAt"] == "2027-01-28T16:42:07.318+09:00"
        assert receipt["sha256"] == sha256(CONTENT)

    def test_it_is_genuine_offline_after_a_way_through_a_file(
        self, receipt: dict[str, Json]
    ) -> None:
        published = json.loads(json.dumps(key_set((KEY.public_key(), OTHER_KEY.public_key()))))
        keys, problems = read_key_set(published)
        assert keys is not None
        assert problems == []
        from_file = json.loads(json.dumps(receipt, indent=2))
        assert verify_receipt(from_file, keys) == Verification((), content_checked=False)
        assert verify_receipt(from_file, keys, CONTENT) == Verification((), content_checked=True)
        assert verify_receipt(from_file, keys).genuine is True

    @pytest.mark.parametrize("part", ["submittedAt", "subject", "sha256"])
    def test_whatever_is_changed_breaks_the_signature(
        self, receipt: dict[str, Json], part: str
    ) -> None:
        changed = verify_receipt({**receipt, part: "2027-01-28T16:42:07.317+09:00"}, KEYS)
        assert reasons(changed) == [(("signature",), "BAD_SIGNATURE")]

    def test_every_reason_is_told(self, receipt: dict[str, Json]) -> None:
        changed: dict[str, Json] = {**receipt, "format": "x", "number": "R123", "keyId": "nobody"}
        assert reasons(verify_receipt(changed, KEYS, {"title": "別の提案"})) == [
            (("format",), "UNKNOWN_FORMAT"),
            (("number",), "NUMBER_CHECK"),
            (("keyId",), "UNKNOWN_KEY"),
            (("sha256",), "CONTENT_CHANGED"),
        ]

    def test_another_key_under_the_same_name_does_not_fit(self, receipt: dict[str, Json]) -> None:
        keys = {key_id(KEY.public_key()): OTHER_KEY.public_key()}
        assert reasons(verify_receipt(receipt, keys)) == [(("signature",), "BAD_SIGNATURE")]

    @pytest.mark.parametrize("signature", [None, 1, "", "あ", "AAAA", "A" * 88])
    def test_a_broken_signature_is_a_reason_and_no_crash(
        self, receipt: dict[str, Json], signature: Json
    ) -> None:
        broken = verify_receipt({**receipt, "signature": signature}, KEYS)
        assert reasons(broken) == [(("signature",), "BAD_SIGNATURE")]

    @pytest.mark.parametrize("document", [None, [], "x", {}, {"number": "R123"}])
    def test_what_is_no_receipt_is_malformed(self, document: object) -> None:
        assert reasons(verify_receipt(document, KEYS)) == [(("format",), "MALFORMED")]

    def test_a_part_too_many_is_malformed(self, receipt: dict[str, Json]) -> None:
        added = verify_receipt({**receipt, "note": "見本"}, KEYS)
        assert reasons(added) == [(("format",), "MALFORMED")]

    def test_content_with_fractions_is_not_what_was_handed_in(
        self, receipt: dict[str, Json]
    ) -> None:
        content: object = {"yen": 0.5}
        changed = verify_receipt(receipt, KEYS, content)  # type: ignore[arg-type]  # read from a file
        assert reasons(changed) == [(("sha256",), "CONTENT_CHANGED")]


class TestKeys:
    def test_a_keys_name_is_its_thumbprint(self) -> None:
        """The key of RFC 8037, appendix A, and its thumbprint from A.3."""
        x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        published = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]}
        keys, _ = read_key_set(published)
        assert keys is not None
        assert list(keys) == ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"[:16]]

    @pytest.mark.parametrize(
        "document",
        [None, {}, {"keys": 1}, {"keys": [{}]}, {"keys": ["x"]}, {"keys": [{"x": "AA"}]}],
    )
    def test_what_is_no_key_set_is_refused(self, document: object) -> None:
        keys, problems = read_key_set(document)
        assert keys is None
        assert [(one.path, one.code) for one in problems] == [(("keys",), "BAD_KEYS")]
