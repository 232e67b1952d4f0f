"""The sandbox's own certificate authority: one server, one certificate a user."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Who gets a certificate: an administrator, one who may build images, one who may not, the host.
USERS = ("admin", "releng", "nobody", "builder")

_LIFETIME = dt.timedelta(days=3650)
_CA_NAME = "koji-sandbox"
_CA_KEY = "ca-key.pem"


def ensure(folder: Path, users: Iterable[str] = USERS) -> None:
    """Issue what is missing: the authority (ca.pem), server.pem, and USER.pem for every user.

    What is there stays, so a running client keeps its certificate.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if not (folder / "ca.pem").exists():
        _issue_authority(folder)
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = load_pem_private_key((folder / _CA_KEY).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / _CA_KEY}: not the key that was made here")
    for name in ("server", *users):
        if not (folder / f"{name}.pem").exists():
            _issue(folder, name, authority, key)


def _issue_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(_CA_NAME)
    certificate = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    # The key first: with ca.pem there, it is there too.
    _write(folder / _CA_KEY, _key_pem(key))
    _write(folder / "ca.pem", certificate.public_bytes(Encoding.PEM))


def _issue(
    folder: Path, name: str, authority: x509.Certificate, signer: ec.EllipticCurvePrivateKey
) -> None:
    """Issue a certificate; one file holds it and its key, as Koji's ``cert`` option wants it."""
    key = ec.generate_private_key(ec.SECP256R1())
    common = "127.0.0.1" if name == "server" else name
    builder = (
        _builder(_name(common), authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if name == "server":
        # Clients look at the alternative names only, never at the common name.
        names = [x509.IPAddress(ipaddress.ip_address(common)), x509.DNSName("localhost")]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    purpose = (
        ExtendedKeyUsageOID.SERVER_AUTH if name == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
    )
    certificate = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False).sign(
        signer, hashes.SHA256()
    )
    _write(folder / f"{name}.pem", certificate.public_bytes(Encoding.PEM) + _key_pem(key))


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    # A day back: clocks of laptops jump.
    start = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Write a file only we may read; it is there whole or not at all."""
    partial = path.with_suffix(".new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    partial.replace(path)
