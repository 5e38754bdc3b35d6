"""The time at which a signature was there, by an authority's word (RFC 3161).

Optional: it needs a network to be made, and the library rfc3161-client to be made or checked.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

_MAX_BYTES = 100_000  # an answer with its chain of certificates has some 6,000
_SECONDS = 30
_CONTENT = "application/timestamp-query"
# The identifier id-ct-TSTInfo, and the first GeneralizedTime behind it: between them are version,
# policy, imprint and serial, of at most some 200 bytes.
_GEN_TIME = re.compile(
    rb"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04.{,250}?\x18[\x0f-\x19](\d{14})",
    re.DOTALL,
)
_LACKS = "cannot be checked: pip install 'neutrality[sign]'"


def fetch(signature: bytes, url: str) -> bytes:
    """Return an authority's answer on a signature; only the SHA-512 of it is sent.

    Raises ValueError where the library is missing, where the address is none of http or https or
    does not answer, and where the answer is no timestamp of this signature.
    """
    client = _client()
    if client is None:
        raise ValueError("--timestamp needs a library: pip install 'neutrality[sign]'")
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"--timestamp {url}: give an address that begins with https://")
    asked = client.TimestampRequestBuilder().data(signature).build().as_bytes()
    request = urllib.request.Request(url, asked, {"Content-Type": _CONTENT})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            stamped = answer.read(_MAX_BYTES + 1)
    except (urllib.error.URLError, OSError) as error:
        raise ValueError(
            f"--timestamp {url}: does not answer ({error}); sign without it"
        ) from error
    if wrong := _of_other(signature, stamped):
        raise ValueError(f"--timestamp {url}: the answer {wrong}")
    return stamped


def _client():
    try:
        import rfc3161_client
    except ImportError:
        return None
    return rfc3161_client


def _of_other(signature: bytes, stamped: bytes) -> str:
    """Return why an answer is no timestamp of a signature, or ""; its signer is not looked at."""
    import hashlib

    if len(stamped) > _MAX_BYTES:
        return f"has more than {_MAX_BYTES:,} bytes"
    try:
        found = _client().decode_timestamp_response(stamped).tst_info.message_imprint.message
    except (ValueError, TypeError, AttributeError) as error:
        return f"is no timestamp: {error}"
    known = [hashlib.new(each, signature).digest() for each in ("sha512", "sha384", "sha256")]
    return "" if bytes(found) in known else "is of another signature"


def fault(signature: bytes, path: Path, roots: Path | None = None) -> str:
    """Return why a timestamp is not one of this signature, or "".

    `roots` is a file of certificates (PEM) of the authorities that the reader trusts; without it
    anybody could have written the time.
    """
    client = _client()
    if client is None:
        return "" if roots is None else _LACKS
    stamped = _content(path)
    if wrong := _of_other(signature, stamped):
        return wrong
    if roots is None:
        return ""
    from cryptography import x509

    try:
        builder = client.VerifierBuilder()
        for certificate in x509.load_pem_x509_certificates(Path(roots).read_bytes()):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(client.decode_timestamp_response(stamped), signature)
    except (ValueError, client.VerificationError) as error:
        return f"is not by an authority of {Path(roots).name}: {error}"
    return ""


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES + 1)


def moment(path: Path) -> str:
    """Return the time that a timestamp states, as ISO 8601 in UTC, or "" where none is found in it.

    The field genTime of RFC 3161, section 2.4.2, found without the library: whoever describes a
    signature must find the same, with or without it.
    """
    found = _GEN_TIME.search(_content(path))
    try:
        return (
            datetime.strptime(found[1].decode() if found else "", "%Y%m%d%H%M%S").isoformat() + "Z"
        )
    except ValueError:
        return ""


def said(path: Path) -> str:
    """Return the time that a timestamp states, without saying who vouches for it."""
    client = _client()
    if client is None:
        return f"({_LACKS})"
    try:
        when = client.decode_timestamp_response(_content(path)).tst_info.gen_time
    except (ValueError, TypeError, AttributeError):
        return "with no time"
    return when.isoformat()
