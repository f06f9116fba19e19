"""An authenticator for passkeys in software: what a browser sends for it, and what a thief would.

It signs with a real key and speaks the wire format of WebAuthn, so that each part of an answer can
be wrong alone.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN: Final = "http://localhost:5000"
RP_ID: Final = "localhost"
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}==")


@dataclass
class Authenticator:
    """One credential, and how it behaves."""

    rp_id: str = RP_ID
    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED
    sign_count: int = 0
    """0 for an authenticator that does not count."""
    user_handle: str | None = ""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.create()`."""
        self.user_handle = decoded(options["user"]["id"]).decode()
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        public_key = cbor2.dumps({1: 2, 3: -7, -1: 1} | point)
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + public_key
        data = self._data(ATTESTED) + attested
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        response = {
            "clientDataJSON": self._client("webauthn.create", options, client),
            "attestationObject": encoded(cbor2.dumps(statement)),
            "transports": ["internal", "from-the-future"],
        }
        return self._credential(response)

    def sign(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.get()`."""
        if self.sign_count:
            self.sign_count += 1
        data, sent = self._data(0), self._client("webauthn.get", options, client)
        signed = data + hashlib.sha256(decoded(sent)).digest()
        response = {
            "clientDataJSON": sent,
            "authenticatorData": encoded(data),
            "signature": encoded(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": None if self.user_handle is None else encoded(self.user_handle.encode()),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = encoded(self.credential_id)
        extra = {"clientExtensionResults": {}, "authenticatorAttachment": "platform"}
        return {"id": name, "rawId": name, "type": "public-key", "response": response} | extra

    def _data(self, flags: int) -> bytes:
        digest = hashlib.sha256(self.rp_id.encode()).digest()
        return digest + bytes([self.flags | flags]) + self.sign_count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], client: dict[str, Any]) -> str:
        sent = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return encoded(json.dumps(sent | {"crossOrigin": False} | client).encode())
