"""OpenSSH signatures of a text (format SSHSIG, OpenSSH's PROTOCOL.sshsig): made and checked by
ssh-keygen or, where it is missing, by the library cryptography; each reads what the other wrote.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

# Part of what is signed: a signature made for e-mail or for code is none of a bundle.
NAMESPACE = "neutrality-bundle"
_MAGIC = b"SSHSIG"
_VERSION = 1
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAX_BYTES = 20_000  # one by the largest usual key, RSA of 16,384 bits, has some 6,000
_LINE = 70  # characters of a line of the armour, as ssh-keygen breaks it
_HASHES = ("sha512", "sha256")  # those that the format allows
_LEAST_RSA = 2048  # bits; below it OpenSSH, too, calls a key too short
_CURVES = {"nistp256": "SHA256", "nistp384": "SHA384", "nistp521": "SHA512"}
_RSA = {"rsa-sha2-512": "SHA512", "rsa-sha2-256": "SHA256"}
_KEY_TYPE = re.compile(r"(sk-)?(ssh|ecdsa)-[\w.@-]+")
_NAMESPACES = re.compile(r'namespaces="([^"]*)"')


class Signature(NamedTuple):
    """The parts of a signature; `key` is the signer's public key as OpenSSH writes it in binary."""

    key: bytes
    namespace: str
    hash: str
    kind: str  # of the signature, such as ssh-ed25519
    value: bytes

    @property
    def fingerprint(self) -> str:
        """Return the key's fingerprint as ssh-keygen prints it."""
        digest = base64.b64encode(hashlib.sha256(self.key).digest()).decode().rstrip("=")
        return f"SHA256:{digest}"


def tool() -> str | None:
    """Return the path of ssh-keygen, or None where it is missing."""
    return shutil.which("ssh-keygen")


def parsed(armoured: bytes) -> Signature:
    """Return the parts of a signature file; ValueError for anything else.

    Every length is checked against what is there; nothing is allocated on a stranger's word.
    """
    if len(armoured) > _MAX_BYTES:
        raise ValueError(f"has {len(armoured):,} bytes; a signature has fewer than {_MAX_BYTES:,}")
    lines = armoured.decode("ascii", errors="replace").strip().splitlines()
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise ValueError("is no OpenSSH signature")
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is no OpenSSH signature: its text is no base64") from error
    if blob[:10] != _MAGIC + struct.pack(">I", _VERSION):
        raise ValueError("is no OpenSSH signature of version 1")
    key, namespace, reserved, hashed, inner = _strings(blob[10:], 5)
    kind, value = _strings(inner, 2)
    if reserved or hashed.decode("ascii", "replace") not in _HASHES:
        raise ValueError("is no OpenSSH signature: its hash is neither sha512 nor sha256")
    return Signature(key, *(p.decode("ascii", "replace") for p in (namespace, hashed, kind)), value)


def _strings(blob: bytes, count: int) -> list[bytes]:
    """Return the strings of which a binary text consists; ValueError where it does not."""
    found = []
    for _ in range(count):
        if len(blob) < 4 or (size := struct.unpack(">I", blob[:4])[0]) > len(blob) - 4:
            raise ValueError("is no OpenSSH signature: it ends too early")
        found.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    if blob:
        raise ValueError("is no OpenSSH signature: it goes on after its end")
    return found


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _signed(message: bytes, hashed: str) -> bytes:
    """Return the bytes over which a signature is made: never the message itself."""
    digest = hashlib.new(hashed, message).digest()
    return _MAGIC + b"".join(map(_string, (NAMESPACE.encode(), b"", hashed.encode(), digest)))


def sign(message: bytes, key: Path) -> bytes:
    """Return the signature of a message by a private key, or by the one that ssh-agent holds for a
    public key.

    Raises ValueError where the key cannot be used, with what ssh-keygen says of it.
    """
    if not Path(key).is_file():
        raise ValueError(f"{key}: no such key; ssh-keygen -t ed25519 makes one")
    if tool() is None:
        return _sign_by_library(message, key)
    command = [tool(), "-q", "-Y", "sign", "-f", str(Path(key).absolute()), "-n", NAMESPACE]
    done = subprocess.run(command, input=message, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise ValueError(f"{key}: ssh-keygen cannot sign with it: {said}")
    return done.stdout


def fault(message: bytes, armoured: bytes) -> str:
    """Return why a signature is none of this message in the namespace of bundles, or "".

    Who may sign is not looked at: see `vouched`.
    """
    try:
        found = parsed(armoured)
    except ValueError as error:
        return str(error)
    if found.namespace != NAMESPACE:
        return f"was made for '{found.namespace}', not for a bundle"
    if tool() is None:
        return _fault_by_library(message, found)
    done = _run(["check-novalidate"], message, armoured)
    return "" if done.returncode == 0 else "is no signature of this text by the key it names"


def vouched(message: bytes, armoured: bytes, signers: Path, principal: str) -> str:
    """Return why an allowed_signers file does not vouch that this signature of a message is the
    principal's, or "".

    ssh-keygen reads the file with all its options, at the present time; without it, lines that
    name a certificate authority or a period of validity vouch for nobody.
    """
    if wrong := fault(message, armoured):
        return wrong
    if tool() is None:
        return _vouched_by_library(parsed(armoured), signers, principal)
    allowed = ["-f", str(Path(signers).absolute()), "-I", principal]
    done = _run(["verify", *allowed], message, armoured)
    return "" if done.returncode == 0 else _unlisted(signers, principal)


def _unlisted(signers: Path, principal: str) -> str:
    return f"{Path(signers).name} does not list this key for {principal}"


def _run(command: list[str], message: bytes, armoured: bytes) -> subprocess.CompletedProcess:
    """Return how ssh-keygen ended; it reads a copy of the signature under a name of ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signature"
        path.write_bytes(armoured)
        asked = [tool(), "-Y", *command, "-n", NAMESPACE, "-s", str(path)]
        return subprocess.run(asked, input=message, capture_output=True)


def _sign_by_library(message: bytes, key: Path) -> bytes:
    """Return what ssh-keygen would have written, by the library."""
    serialization = _library().serialization
    try:
        private = serialization.load_ssh_private_key(Path(key).read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{key}: cannot be read without ssh-keygen: {error}; a key without a passphrase can"
        ) from error
    openssh = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    public = base64.b64decode(private.public_key().public_bytes(*openssh).split()[1])
    kind, value = _raw(private, _kind(public), _signed(message, _HASHES[0]))
    inner = _string(kind.encode()) + _string(value)
    parts = (public, NAMESPACE.encode(), b"", _HASHES[0].encode(), inner)
    blob = _MAGIC + struct.pack(">I", _VERSION) + b"".join(map(_string, parts))
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def _library():
    """Return the primitives of cryptography; ValueError where neither it nor ssh-keygen is."""
    try:
        from cryptography.hazmat import primitives
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: F401
        from cryptography.hazmat.primitives.asymmetric import ec, padding, utils  # noqa: F401
    except ImportError as error:
        raise ValueError(
            "signatures need ssh-keygen (OpenSSH), or pip install 'neutrality[sign]'"
        ) from error
    return primitives


def _kind(public: bytes) -> str:
    """Return the kind of a public key, such as ssh-ed25519."""
    size = struct.unpack(">I", public[:4])[0] if len(public) >= 4 else 0
    return public[4 : 4 + size].decode("ascii", "replace")


def _raw(private, kind: str, data: bytes) -> tuple[str, bytes]:
    """Return the kind of a signature and its bytes as OpenSSH writes them."""
    library = _library()
    hashes, asymmetric = library.hashes, library.asymmetric
    if kind == "ssh-ed25519":
        return kind, private.sign(data)
    if kind == "ssh-rsa":
        padding = asymmetric.padding.PKCS1v15()
        return "rsa-sha2-512", private.sign(data, padding, hashes.SHA512())
    if (curve := kind.removeprefix("ecdsa-sha2-")) in _CURVES:
        made = private.sign(data, asymmetric.ec.ECDSA(getattr(hashes, _CURVES[curve])()))
        pair = asymmetric.utils.decode_dss_signature(made)
        return kind, b"".join(_string(_mpint(each)) for each in pair)
    raise ValueError(f"a key of kind {kind} needs ssh-keygen")


def _mpint(number: int) -> bytes:
    """Return a number of 0 or more as SSH writes it (RFC 4251): a leading zero keeps it positive.

    >>> _mpint(128), _mpint(127)
    (b'\\x00\\x80', b'\\x7f')
    """
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _fault_by_library(message: bytes, found: Signature) -> str:
    """Return why the library finds that a signature is not one of this message, or ""."""
    serialization = _library().serialization
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    kind = _kind(found.key)
    try:
        line = f"{kind} ".encode() + base64.b64encode(found.key)
        public = serialization.load_ssh_public_key(line)
        _check(public, kind, found, _signed(message, found.hash))
    except InvalidSignature:
        return "is no signature of this text by the key it names"
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm) as error:
        return f"cannot be checked without ssh-keygen: {error}"
    return ""


def _check(public, kind: str, found: Signature, data: bytes) -> None:
    """Raise InvalidSignature for another text, ValueError for a key that is not checked here."""
    library = _library()
    hashes, asymmetric = library.hashes, library.asymmetric
    if kind == "ssh-rsa" and found.kind in _RSA:
        if public.key_size < _LEAST_RSA:
            raise ValueError(f"an RSA key of {public.key_size} bits is too short")
        hashed = getattr(hashes, _RSA[found.kind])()
        return public.verify(found.value, data, asymmetric.padding.PKCS1v15(), hashed)
    if kind != found.kind:
        raise ValueError(f"a key of kind {kind} makes no signature of kind {found.kind}")
    if kind == "ssh-ed25519":
        return public.verify(found.value, data)
    if (curve := kind.removeprefix("ecdsa-sha2-")) in _CURVES:
        pair = [int.from_bytes(each, "big") for each in _strings(found.value, 2)]
        hashed = asymmetric.ec.ECDSA(getattr(hashes, _CURVES[curve])())
        return public.verify(asymmetric.utils.encode_dss_signature(*pair), data, hashed)
    raise ValueError(f"keys of kind {kind} are read by ssh-keygen alone")


def _vouched_by_library(found: Signature, signers: Path, principal: str) -> str:
    """Return why no line of an allowed_signers file names this key for a principal, or ""."""
    key, left = base64.b64encode(found.key).decode(), False
    for line in Path(signers).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#") or key not in line.split():
            continue
        principals, *rest = line.split()
        if not _matches(principal, principals.strip('"')):
            continue
        options = "" if _KEY_TYPE.fullmatch(rest[0]) else rest[0]
        spaces = _NAMESPACES.search(options)
        if spaces is not None and not _matches(NAMESPACE, spaces[1]):
            continue
        if not _NAMESPACES.sub("", options).strip(","):
            return ""
        left = True
    if left:
        return f"{Path(signers).name} lists this key with options that only ssh-keygen reads"
    return _unlisted(signers, principal)


def _matches(text: str, patterns: str) -> bool:
    """Return whether a text fits a list of OpenSSH patterns, of which one with ! forbids it.

    >>> _matches("a@x.org", "*@x.org,!b@x.org"), _matches("b@x.org", "*@x.org,!b@x.org")
    (True, False)
    """
    fits = False
    for pattern in patterns.split(","):
        form = re.escape(pattern.lstrip("!")).replace(r"\*", ".*").replace(r"\?", ".")
        if re.fullmatch(form, text):
            if pattern.startswith("!"):
                return False
            fits = True
    return fits
