"""An S3-compatible server on this machine, for tests: credentials that open nothing, no network."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BUCKET = "s3://reports"


def refuse_listing(patched: pytest.MonkeyPatch) -> None:
    """Let a listing or a deletion fail the test."""
    from obstore.store import S3Store

    def refused(*given, **about):
        raise AssertionError("nothing is listed, nothing deleted")

    for each in ("list", "list_with_delimiter", "delete"):
        patched.setattr(S3Store, each, refused)


@contextmanager
def served() -> Iterator[str]:
    """Serve an empty bucket until the block ends; yield its address. The environment says where it
    is, as AWS's own tools take it.
    """
    pytest.importorskip("obstore", reason="extra s3 not installed")
    server = pytest.importorskip("moto.server", reason="moto not installed")
    pytest.importorskip("flask_cors", reason="moto's server not installed")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    place = f"http://{host}:{port}"
    about = {"ENDPOINT_URL": place, "ALLOW_HTTP": "true", "REGION": "us-east-1"}
    about |= {"ACCESS_KEY_ID": "nobody", "SECRET_ACCESS_KEY": "opens nothing"}
    try:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in about.items():
                patched.setenv(f"AWS_{name}", value)
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                patched.delenv(name, raising=False)
            make = f"{place}/{BUCKET.removeprefix('s3://')}"
            urllib.request.urlopen(urllib.request.Request(make, method="PUT")).close()
            yield BUCKET
    finally:
        running.stop()
