"""The two ceremonies of WebAuthn: what browsers are asked for, and the check of what they answer.

Attestation is not asked for: which maker built an authenticator does not matter here. So only the
formats that browsers then send are accepted, and no certificate is parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_attestation_object,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from config.relying_party import RelyingParty
from web.accounts import challenges
from web.accounts.errors import PasskeyRefused
from web.accounts.models import Passkey, User

Credential = Mapping[str, Any]
"""What `PublicKeyCredential.toJSON()` of a browser returns."""

_NAME: Final = "Callsheet"
_FORMATS: Final = (AttestationFormat.NONE, AttestationFormat.PACKED)
_TRANSPORTS: Final = frozenset(one.value for one in AuthenticatorTransport)
_MALFORMED: Final = (
    *(WebAuthnException, InvalidSignature, UnsupportedAlgorithm),
    *(ValueError, TypeError, LookupError, AttributeError),
)
"""What the library raises for input that is not what a browser sends."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential whose registration was checked."""

    credential_id: str
    public_key: bytes
    sign_count: int
    synced: bool
    transports: list[str]


@dataclass(frozen=True, slots=True)
class Asserted:
    """What an authenticator has signed."""

    sign_count: int
    synced: bool


def creation_options(
    party: RelyingParty, user: User, known: Iterable[Passkey], challenge: bytes
) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create()`, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=user.id.encode(),
        user_name=user.email,
        challenge=challenge,
        timeout=challenges.SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    found: dict[str, Any] = options_to_json_dict(options)
    return found


def request_options(
    party: RelyingParty, challenge: bytes, known: Iterable[Passkey] | None = None
) -> dict[str, Any]:
    """Return the options for `navigator.credentials.get()`, as JSON.

    Without `known` passkeys, the browser offers those that it has for this server, and the person
    must be verified.
    """
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=challenges.SECONDS * 1000,
        allow_credentials=None if known is None else _descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED
        if known is None
        else UserVerificationRequirement.DISCOURAGED,
    )
    found: dict[str, Any] = options_to_json_dict(options)
    return found


def challenge_of(credential: Credential) -> bytes:
    """Return the challenge that a browser says was signed; it is not checked here."""
    try:
        sent = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    except _MALFORMED:
        raise PasskeyRefused from None
    return sent.challenge


def check_registration(party: RelyingParty, credential: Credential, challenge: bytes) -> Registered:
    """Check the answer to `creation_options`; raises `PasskeyRefused`."""
    try:
        response = credential["response"]
        _require_own_frame(response)
        statement = parse_attestation_object(base64url_to_bytes(response["attestationObject"]))
        if statement.fmt not in _FORMATS or statement.att_stmt.x5c:
            raise PasskeyRefused
        found = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
        )
    except _MALFORMED:
        raise PasskeyRefused from None
    sent = response.get("transports") or []
    return Registered(
        credential_id=bytes_to_base64url(found.credential_id),
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        synced=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        transports=[one for one in sent if one in _TRANSPORTS],
    )


def check_assertion(
    party: RelyingParty,
    credential: Credential,
    challenge: bytes,
    passkey: Passkey,
    *,
    verified: bool,
) -> Asserted:
    """Check the answer to `request_options`; raises `PasskeyRefused`.

    `verified` requires that the authenticator has verified the person, by a PIN or a finger. The
    caller compares the counter of signatures.
    """
    try:
        _require_own_frame(credential["response"])
        found = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=verified,
        )
    except _MALFORMED:
        raise PasskeyRefused from None
    return Asserted(
        found.new_sign_count, found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    )


def user_handle_of(credential: Credential) -> str | None:
    """Return the user that the authenticator names; None if it names none."""
    handle = credential["response"].get("userHandle")
    if not handle:
        return None
    try:
        return base64url_to_bytes(handle).decode()
    except ValueError:
        raise PasskeyRefused from None


def _require_own_frame(response: Credential) -> None:
    """Refuse what was signed in a frame of another site's page, which could mislead the person."""
    sent = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
    if sent.cross_origin:
        raise PasskeyRefused


def _descriptors(known: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential_id),
            transports=[AuthenticatorTransport(name) for name in one.transports],
        )
        for one in known
    ]
