"""What is asked of a passkey, and whether its answer holds: W3C WebAuthn, checked by py_webauthn.

Whatever comes from a browser here is bytes of a stranger: what can't be read or does not hold is
None, and nothing is told of why.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from renkei.identity.rules import CHALLENGE_WITHIN

NAME = "Renkei"
# A credential's id has at most 1023 bytes (WebAuthn Level 3, 5.8.4); an answer some hundred more.
CREDENTIAL_MAX = 12_000
# Those that WebAuthn advises every site to take: ES256, Ed25519, RS256.
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
Credential = TypeVar("Credential")
_MILLISECONDS = int(CHALLENGE_WITHIN.total_seconds() * 1000)


@dataclass(frozen=True)
class RelyingParty:
    """The site that passkeys are for: its domain, and the origin that its pages come from."""

    id: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> RelyingParty | None:
        """The site at this address; None where passkeys can't be: without HTTPS, by a number.

        The machine itself is meant by its name, `localhost`: browsers take no number.
        """
        parts = urlsplit(public_url)
        host, scheme = parts.hostname or "", parts.scheme
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            number = None
        if number is not None and number.is_loopback:
            host, number = "localhost", None
        if number is not None or not host or (scheme != "https" and host != "localhost"):
            return None
        usual = {"http": 80, "https": 443}.get(scheme)
        port = "" if parts.port in {None, usual} else f":{parts.port}"
        return cls(host, f"{scheme}://{host}{port}")


@dataclass(frozen=True)
class Known:
    """What a browser is told of a passkey, so that it finds it: its id, and where it may be."""

    credential_id: str
    transports: Iterable[str]


@dataclass(frozen=True)
class Given(Generic[Credential]):
    """An answer that can be read, not yet believed: which challenge and which passkey it names."""

    challenge: str
    credential_id: str
    credential: Credential


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that was made for this site, with its owner verified by the device."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: list[str]
    synced: bool


@dataclass(frozen=True)
class Signed:
    """A passkey has signed, with its owner verified by the device."""

    # Whose the passkey says it is; None where it doesn't say.
    owner: bytes | None
    sign_count: int
    synced: bool


def creation_options(
    party: RelyingParty, challenge: bytes, *, person_id: UUID, email: str, known: Iterable[Known]
) -> str:
    """What `navigator.credentials.create()` is called with, as JSON."""
    return options_to_json(
        generate_registration_options(
            rp_id=party.id,
            rp_name=NAME,
            user_id=person_id.bytes,
            user_name=email,
            challenge=challenge,
            timeout=_MILLISECONDS,
            # Found without an address typed, and never without a PIN, finger or face.
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
            supported_pub_key_algs=ALGORITHMS,
        )
    )


def request_options(party: RelyingParty, challenge: bytes, *, known: Iterable[Known] = ()) -> str:
    """What `navigator.credentials.get()` is called with, as JSON; any passkey, if none is named."""
    return options_to_json(
        generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            timeout=_MILLISECONDS,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def read_registration(answer: str) -> Given[RegistrationCredential] | None:
    """The answer of `navigator.credentials.create()`."""
    return _read(answer, parse_registration_credential_json)


def read_assertion(answer: str) -> Given[AuthenticationCredential] | None:
    """The answer of `navigator.credentials.get()`."""
    return _read(answer, parse_authentication_credential_json)


def registered(party: RelyingParty, given: Given[RegistrationCredential]) -> NewPasskey | None:
    """The new passkey, where it was made for this site and challenge with its owner verified."""
    try:
        found = verify_registration_response(
            credential=given.credential,
            expected_challenge=base64url_to_bytes(given.challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        # Without an attestation nothing was signed: see that there is a key to sign with.
        decoded_public_key_to_cryptography(
            decode_credential_public_key(found.credential_public_key)
        )
    except Exception:  # noqa: BLE001 - bytes of a stranger: whatever its reader stumbles on is "no"
        return None
    if bytes_to_base64url(found.credential_id) != given.credential_id:
        return None
    return NewPasskey(
        credential_id=given.credential_id,
        public_key=bytes_to_base64url(found.credential_public_key),
        sign_count=found.sign_count,
        transports=sorted({one.value for one in given.credential.response.transports or ()}),
        synced=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def signed(
    party: RelyingParty, given: Given[AuthenticationCredential], *, public_key: str
) -> Signed | None:
    """What was signed, where this key signed for this site and challenge, its owner verified.

    Whether its counter moved on is for the caller to say: only then is the signature believed.
    """
    try:
        found = verify_authentication_response(
            credential=given.credential,
            expected_challenge=base64url_to_bytes(given.challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - as above
        return None
    return Signed(
        owner=given.credential.response.user_handle,
        sign_count=found.new_sign_count,
        synced=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def _read(answer: str, parse: Any) -> Given[Any] | None:
    if len(answer) > CREDENTIAL_MAX:
        return None
    try:
        credential = parse(answer)
        told = parse_client_data_json(credential.response.client_data_json)
    except Exception:  # noqa: BLE001 - as above
        return None
    if told.cross_origin:
        # We stand in no other site's frame.
        return None
    return Given(
        challenge=bytes_to_base64url(told.challenge),
        credential_id=bytes_to_base64url(credential.raw_id),
        credential=credential,
    )


def _descriptors(known: Iterable[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential_id),
            transports=[AuthenticatorTransport(way) for way in one.transports],
        )
        for one in known
    ]
