"""The signing certificate: the operator's, or else an untrusted one made for this process."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.domain.errors import EngineBroken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, Name

SELF_MADE = "Callsheet self-made certificate"
_LIFE = datetime.timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate chain and its private key, both PEM, and the algorithm of the key."""

    chain: bytes
    key: bytes
    algorithm: str


def chosen(certificate: str, key: str) -> Identity:
    """Return the operator's identity (`C2PA_CERT`, `C2PA_KEY`), or else a self-made one."""
    return of_operator(Path(certificate), Path(key)) if certificate or key else self_made()


def of_operator(certificate: Path, key: Path) -> Identity:
    """Read the identity from the operator's two files."""
    from cryptography.hazmat.primitives import serialization

    try:
        secret = key.read_bytes()
        private = serialization.load_pem_private_key(secret, None)
        return Identity(certificate.read_bytes(), secret, _algorithm(private))
    except (OSError, ValueError, TypeError) as error:
        raise EngineBroken(
            "The signing certificate of this installation cannot be used.", error=str(error)
        ) from error


def _algorithm(private: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey):
        return {256: "es256", 384: "es384", 521: "es512"}[private.curve.key_size]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    raise ValueError("an EC, Ed25519 or RSA key is needed")


@cache
def self_made() -> Identity:
    """Make an identity for this process: it proves integrity, but not the origin of the video."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    authority, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate(_name("root"), authority, _name("root"), authority)
    leaf = _certificate(_name("signer"), signer, _name("root"), authority)
    pem = serialization.Encoding.PEM
    key = signer.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Identity(leaf.public_bytes(pem) + root.public_bytes(pem), key, "es256")


def _name(role: str) -> Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SELF_MADE),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{SELF_MADE} ({role})"),
        ]
    )


def _certificate(
    subject: Name,
    key: EllipticCurvePrivateKey,
    issuer: Name,
    signer: EllipticCurvePrivateKey,
) -> Certificate:
    """Make a certificate as C2PA requires: key usage, extended usage, both key identifiers."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    now = datetime.datetime.now(datetime.UTC)
    is_root = key is signer
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(_usage(is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(is_root: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
