"""What a passkey's answer must be: which site it is for, and bytes of strangers that are no."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from renkei.identity import ceremonies
from renkei.identity.ceremonies import CREDENTIAL_MAX, Known, NewPasskey, RelyingParty
from support.authenticator import PRESENT, SEEN, VERIFIED, SoftwarePasskey
from support.signing_in import SITE

CHALLENGE = b"c" * 32
OWNER = uuid4()


def creation() -> str:
    return ceremonies.creation_options(
        SITE, CHALLENGE, person_id=OWNER, email="misaki@test.example", known=()
    )


def request() -> str:
    return ceremonies.request_options(SITE, CHALLENGE)


def passkey(**how: Any) -> SoftwarePasskey:
    return SoftwarePasskey(SITE.id, SITE.origin, OWNER.bytes, **how)


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://renkei.example", RelyingParty("renkei.example", "https://renkei.example")),
        ("https://renkei.example:443/", RelyingParty("renkei.example", "https://renkei.example")),
        (
            "https://Renkei.example:8443/x",
            RelyingParty("renkei.example", "https://renkei.example:8443"),
        ),
        ("http://localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://[::1]:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://renkei.example", None),
        ("https://192.0.2.1", None),
        ("https://", None),
        ("", None),
    ],
)
def test_a_site_has_a_name_and_https_or_is_this_machine(
    public_url: str, party: RelyingParty | None
) -> None:
    assert RelyingParty.of(public_url) == party


def test_a_new_passkey_is_asked_to_be_found_without_an_address_and_to_verify_its_owner() -> None:
    known = [Known(bytes_to_base64url(b"k" * 16), ["usb"])]
    told = json.loads(
        ceremonies.creation_options(
            SITE, CHALLENGE, person_id=OWNER, email="misaki@test.example", known=known
        )
    )
    assert told["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert told["attestation"] == "none"
    assert told["rp"] == {"id": "renkei.example", "name": "Renkei"}
    assert base64url_to_bytes(told["user"]["id"]) == OWNER.bytes
    assert told["excludeCredentials"] == [
        {"id": bytes_to_base64url(b"k" * 16), "type": "public-key", "transports": ["usb"]}
    ]
    asked = json.loads(request())
    assert (asked["userVerification"], asked["rpId"]) == ("required", "renkei.example")
    assert asked["allowCredentials"] == []


@pytest.mark.parametrize("synced", [True, False])
def test_what_is_told_of_a_new_passkey_is_kept(synced: bool) -> None:
    made = passkey(synced=synced, count=3)
    given = ceremonies.read_registration(made.registration(creation()))
    assert given is not None
    found = ceremonies.registered(SITE, given)
    assert isinstance(found, NewPasskey)
    assert (found.credential_id, found.sign_count, found.transports, found.synced) == (
        bytes_to_base64url(made.id),
        3,
        ["hybrid", "internal"],
        synced,
    )


def altered(answer: str, **changes: Any) -> str:
    told = json.loads(answer)
    return json.dumps(told | changes | {"response": told["response"] | changes.get("response", {})})


def with_key(public: Any) -> str:
    """A registration whose public key is something else."""
    made = passkey()
    made._public = lambda: public  # type: ignore[method-assign]  # what an attacker would send
    return made.registration(creation())


POINT = {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x01" * 32}


def numbered(name: str, values: list[Any]) -> pytest.MarkDecorator:
    """Parametrised by number: what is made anew each time has no name that stays."""
    return pytest.mark.parametrize(name, values, ids=[str(n) for n in range(len(values))])


@numbered(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '"text"',
        "[" * 5_000,
        "\x00",
        "x" * (CREDENTIAL_MAX + 1),
        passkey().registration(creation(), flags=PRESENT),
        passkey().registration(creation(), flags=VERIFIED),
        passkey().registration(creation(), kind="webauthn.get"),
        passkey().registration(creation(), origin="https://evil.example"),
        passkey().registration(creation(), origin="http://renkei.example"),
        passkey().registration(creation(), origin=["https://renkei.example"]),
        passkey().registration(creation(), crossOrigin=True),
        SoftwarePasskey("evil.example", SITE.origin, OWNER.bytes).registration(creation()),
        altered(passkey().registration(creation()), type="password"),
        altered(passkey().registration(creation()), id="AAAA", rawId="AAAA"),
        altered(passkey().registration(creation()), id="AAAA"),
        altered(passkey().registration(creation()), response={"attestationObject": "AAAA"}),
        altered(passkey().registration(creation()), response={"attestationObject": 1}),
        altered(passkey().registration(creation()), response={"clientDataJSON": "!!"}),
        altered(passkey().registration(creation()), rawId="髙"),
        # No point of the curve, an algorithm that is none of ours, no key at all.
        with_key(POINT),
        with_key(POINT | {3: -65535}),
        with_key({}),
        with_key([]),
        with_key("鍵"),
    ],
)
def test_what_is_no_new_passkey_of_this_site_is_refused(answer: str) -> None:
    given = ceremonies.read_registration(answer)
    assert given is None or ceremonies.registered(SITE, given) is None


def key_of(made: SoftwarePasskey) -> str:
    given = ceremonies.read_registration(made.registration(creation()))
    assert given is not None
    found = ceremonies.registered(SITE, given)
    assert found is not None
    return found.public_key


def test_a_signature_is_believed_of_the_right_key_alone() -> None:
    made, other = passkey(), passkey()
    given = ceremonies.read_assertion(made.assertion(request()))
    assert given is not None
    assert ceremonies.signed(SITE, given, public_key=key_of(made)) is not None
    assert ceremonies.signed(SITE, given, public_key=key_of(other)) is None
    assert ceremonies.signed(SITE, given, public_key="") is None


@numbered(
    "change",
    [
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": 0},
        {"kind": "webauthn.create"},
        {"origin": "https://evil.example"},
        {"origin": "https://renkei.example.evil.example"},
        {"origin": "https://renkei.example:8443"},
        {"crossOrigin": True},
        {"challenge": bytes_to_base64url(b"d" * 32)},
    ],
)
def test_what_was_signed_for_something_else_is_refused(change: dict[str, Any]) -> None:
    made = passkey()
    given = ceremonies.read_assertion(made.assertion(request(), **change))
    if given is not None and "challenge" in change:
        # Which challenge it names is looked up: another one is somebody else's question.
        assert given.challenge != bytes_to_base64url(CHALLENGE)
        return
    assert given is None or ceremonies.signed(SITE, given, public_key=key_of(made)) is None


@numbered(
    "change",
    [
        {"signature": "AAAA"},
        {"signature": ""},
        {"authenticatorData": "AAAA"},
        {"authenticatorData": bytes_to_base64url(bytes(37))},
        {"userHandle": 1},
    ],
)
def test_a_changed_answer_is_refused(change: dict[str, Any]) -> None:
    made = passkey()
    given = ceremonies.read_assertion(altered(made.assertion(request()), response=change))
    assert given is None or ceremonies.signed(SITE, given, public_key=key_of(made)) is None


def test_backed_up_without_being_eligible_is_no_passkey() -> None:
    made = passkey(synced=False)
    given = ceremonies.read_assertion(made.assertion(request(), flags=SEEN | 0x10))
    assert given is not None
    assert ceremonies.signed(SITE, given, public_key=key_of(made)) is None
