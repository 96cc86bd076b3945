"""Rules of sign-in: what a password must be, what a session is good for, when it must be proved."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

from renkei.access.policy.viewer import Viewer
from renkei.problems import NotAllowed, Problem, StepUpNeeded
from renkei.text import check_text, normalise

# NIST SP 800-63B asks for 8 and for length instead of kinds of letters; 12 where it stands alone.
PASSWORD_MIN, PASSWORD_MAX = 12, 200
# So many different letters: twelve times the same one is no password.
DISTINCT_MIN = 5
# A proof is as good as new for so long.
PROVED_FOR = timedelta(minutes=10)
# Between the two steps of signing in.
SECOND_STEP_WITHIN = timedelta(minutes=5)
RECOVERY_WITHIN = timedelta(minutes=30)
NEW_ADDRESS_WITHIN = timedelta(hours=24)
# Between asking a passkey and its answer: WebAuthn Level 3 advises 5 to 10 minutes.
CHALLENGE_WITHIN = timedelta(minutes=5)
# Challenges that wait for one address: an office signs in from one, and a flood fills no disk.
CHALLENGES_MAX = 200
PASSKEYS_MAX = 20
PASSKEY_NAME_MAX = 100
# A browser that has not signed in for so long is a new one.
DEVICE_KEPT = timedelta(days=400)
AGENT_MAX = 300
ADDRESS_MAX = 254


class How(StrEnum):
    """By what a session was opened."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a word of the API
    PASSWORD_AND_CODE = "PASSWORD_AND_CODE"  # noqa: S105 - as above
    # The device verified its owner, so that it stands for both steps.
    PASSKEY = "PASSKEY"
    DEMO = "DEMO"


class Purpose(StrEnum):
    """What a one-time secret is good for."""

    SECOND_STEP = "SECOND_STEP"
    RECOVERY = "RECOVERY"
    NEW_ADDRESS = "NEW_ADDRESS"


class Ceremony(StrEnum):
    """What a passkey is asked for."""

    SIGN_IN = "SIGN_IN"
    PROOF = "PROOF"
    REGISTRATION = "REGISTRATION"


def is_address(address: str) -> bool:
    """Whether a mail can be written to it: one @, no blanks, controls or broken letters."""
    return (
        len(address) <= ADDRESS_MAX
        and re.fullmatch(r"[\x21-\x7e]+@[\x21-\x7e]+", address) is not None
    )


def check_password(path: tuple[str, ...], password: str, *, email: str) -> list[Problem]:
    """The problems of a new password: too short, too long, too simple, or the address itself."""
    problems = check_text(path, password, limit=PASSWORD_MAX)
    if problems:
        return problems
    if len(password) < PASSWORD_MIN:
        return [
            Problem(
                path,
                "TOO_SHORT",
                f"At least {PASSWORD_MIN} characters; a few words in a row are good.",
                f"{PASSWORD_MIN}文字以上にしてください。単語をいくつか並べたものが適しています。",
            )
        ]
    folded = normalise(password).lower()
    own = normalise(email).lower()
    if len(set(folded)) < DISTINCT_MIN or (own and (folded in own or own in folded)):
        return [
            Problem(
                path,
                "TOO_SIMPLE",
                "Too easy to guess: few different letters, or your own address.",
                "推測されやすいパスワードです（文字の種類が少ないか、メールアドレスと同じです）。",
            )
        ]
    return []


def require_person(viewer: Viewer) -> None:
    """Refuse whoever comes with an access token: how a person signs in is theirs to change."""
    if viewer.scopes is not None or viewer.person_id is None:
        raise NotAllowed(
            "Sign in to change this; an access token can't.",
            "サインインして行ってください。アクセストークンではできません。",
        )


def require_proof(viewer: Viewer) -> None:
    """Refuse whoever has not just proved who they are: a session left open must not be enough."""
    require_person(viewer)
    if not viewer.request.stepped_up:
        raise StepUpNeeded
