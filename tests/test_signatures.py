"""Who signed a bundle: each way of signing is checked by the other, and what is altered, renamed,
taken out or put out of order is caught."""

import base64
import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality import cli
from neutrality.runner import bundle
from neutrality.verifier import signatures, sshsig, statements, timestamps

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402

WHO = {"analyst": "an@site.cn", "reviewer": "rev@site.cn", "verifier": "ver@body.org"}
OTHER = "li@elsewhere.org"
needs_tool = pytest.mark.skipif(sshsig.tool() is None, reason="ssh-keygen is not installed")
MAKERS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ecdsa256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A key for each role and kind, with its public half beside it."""
    folder = tmp_path_factory.mktemp("keys")
    for name in (*WHO, "other", *MAKERS):
        private = MAKERS.get(name, MAKERS["ed25519"])()
        text = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
        (folder / name).write_bytes(text)
        (folder / name).chmod(0o600)
        openssh = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        public = private.public_key().public_bytes(*openssh)
        (folder / f"{name}.pub").write_bytes(public + b"\n")
    return folder


@pytest.fixture
def signers(keys, tmp_path):
    """The allowed_signers file of somebody who knows all three."""
    lines = [f"{who} {(keys / f'{role}.pub').read_text()}" for role, who in WHO.items()]
    path = tmp_path / "allowed_signers"
    path.write_text("# who may sign\n" + "".join(lines))
    return path


@pytest.fixture
def made(tmp_path):
    """A folder that stands for a bundle."""
    folder = tmp_path / "2025"
    folder.mkdir()
    (folder / "claims.csv").write_text("id,value\nresidual_t,1309\n")
    bundle.describe(folder)
    return folder


@pytest.fixture
def signed(made, keys):
    for role, who in WHO.items():
        signatures.sign(made, keys / role, role, who)
    return made


@pytest.fixture(params=["ssh-keygen", "library"])
def way(request, monkeypatch):
    """Signatures are checked by ssh-keygen, then by the library alone."""
    if request.param == "library":
        monkeypatch.setattr(sshsig, "tool", lambda: None)
    elif sshsig.tool() is None:
        pytest.skip("ssh-keygen is not installed")


def said(folder, signers=None):
    return [f"{file}: {what}" for file, what in signatures.faults(folder, signers)]


def write(folder, name, **changed):
    """Rewrite a statement as `sign` would have, without signing it."""
    path = folder / "signatures" / f"{name}.json"
    path.write_bytes(statements.text(json.loads(path.read_bytes()) | changed))


@needs_tool
@pytest.mark.parametrize("kind", MAKERS)
def test_library_and_ssh_keygen_check_what_the_other_signed(keys, monkeypatch, kind):
    theirs = sshsig.sign(b"a text", keys / kind)
    monkeypatch.setattr(sshsig, "tool", lambda: None)
    ours = sshsig.sign(b"a text", keys / kind)
    assert sshsig.fault(b"a text", theirs) == ""
    assert "no signature of this text" in sshsig.fault(b"another", theirs)
    monkeypatch.undo()
    assert sshsig.fault(b"a text", ours) == ""
    assert "no signature of this text" in sshsig.fault(b"another", ours)
    if not kind.startswith("ecdsa"):  # ECDSA draws a number for each signature
        assert ours == theirs


@needs_tool
def test_a_signature_for_another_purpose_is_none_of_a_bundle(keys):
    command = [sshsig.tool(), "-q", "-Y", "sign", "-f", keys / "analyst", "-n", "file"]
    made = subprocess.run(command, input=b"a text", capture_output=True, check=True).stdout
    assert sshsig.fault(b"a text", made) == "was made for 'file', not for a bundle"


def test_three_sign_in_order_and_are_vouched_for(signed, signers, way):
    assert said(signed, signers) == [] == bundle.verify(signed, every=True)
    assert [each.partition(" (")[0] for each in signatures.sentences(signed, signers)] == [
        "1. analyst: an@site.cn",
        "2. reviewer: rev@site.cn",
        "3. verifier: ver@body.org",
    ]
    assert all(each.endswith("allowed_signers") for each in signatures.sentences(signed, signers))
    assert all("nobody vouches" in each for each in signatures.sentences(signed))


def test_what_is_signed_is_checked_by_two_commands_without_this_package(signed, signers):
    if sshsig.tool() is None:
        pytest.skip("ssh-keygen is not installed")
    folder = signed / "signatures"
    command = [sshsig.tool(), "-Y", "verify", "-f", signers, "-I", WHO["reviewer"]]
    command += ["-n", "neutrality-bundle", "-s", folder / "reviewer-2.sig"]
    statement = (folder / "reviewer-2.json").read_bytes()
    assert subprocess.run(command, input=statement, capture_output=True).returncode == 0
    over = json.loads(statement)["over"]
    assert list(over) == ["manifest.json", "signatures/analyst-1.json", "signatures/analyst-1.sig"]


def test_a_manifest_made_anew_is_told_by_signatures_alone(signed, signers, way):
    (signed / "claims.csv").write_text("id,value\nresidual_t,1209\n")
    bundle.describe(signed)
    assert bundle.verify(signed, every=True) == []
    told = said(signed, signers)
    assert [each.partition(":")[0] for each in told] == [
        f"signatures/{name}.sig" for name in ("analyst-1", "reviewer-2", "verifier-3")
    ]
    assert all("over another manifest.json" in each for each in told)
    shutil.rmtree(signed / "signatures")
    assert said(signed, signers) == ["signatures: nobody signed this bundle"]
    assert said(signed) == []  # without a list of signers nobody was expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"principal": "boss@site.cn"}, "not signed by boss@site.cn"),
        ({"date": "2026-01-02"}, "not signed by rev@site.cn"),
        ({"order": 3}, "its statement is of reviewer-3"),
        ({"role": "verifier"}, "its statement is of verifier-2"),
        ({"over": {}}, "was made over another manifest.json, signatures/analyst-1.json"),
        ({"date": "yesterday"}, "a date that is none"),
        ({"principal": "a b"}, "names nobody"),
        ({"principal": "\x1b[2J"}, "names nobody"),
        ({"more": 1}, "is not written as one is"),
        ({"order": True}, "is not written as one is"),
    ],
)
def test_an_altered_statement_is_caught(signed, way, change, told):
    write(signed, "reviewer-2", **change)
    assert any(told in each for each in said(signed)), said(signed)


@pytest.mark.parametrize("name", ["analyst-1", "reviewer-2"])
def test_none_but_the_last_is_taken_out_unseen(signed, name):
    for path in (signed / "signatures").glob(f"{name}.*"):
        path.unlink()
    assert any("over another" in each and name in each for each in said(signed))
    assert any("is number" in each for each in said(signed))


def test_one_half_of_a_signature_is_none(signed):
    (signed / "signatures" / "reviewer-2.json").unlink()
    assert "signatures/reviewer-2.sig: reviewer-2.json is missing" in said(signed)


def test_a_signature_by_somebody_else_is_vouched_for_by_nobody(made, keys, signers, way):
    signatures.sign(made, keys / "other", "analyst", WHO["analyst"])
    assert said(made) == []
    assert said(made, signers) == [
        "signatures/analyst-1.sig: not signed by an@site.cn: "
        "allowed_signers does not list this key for an@site.cn"
    ]


@pytest.mark.parametrize(
    ("line", "vouches"),
    [
        ("*@site.cn {key}", True),
        ("*@site.cn,!an@site.cn {key}", False),
        ('"x@y.org,an@site.cn" {key}', True),
        ('an@site.cn namespaces="file,neutrality-bundle" {key}', True),
        ('an@site.cn namespaces="file" {key}', False),
        ('an@site.cn valid-before="20200101" {key}', False),
        ("an@site.cn cert-authority {key}", False),
        ("an@site.cn ssh-ed25519 AAAA", False),
        ("", False),
    ],
)
def test_lists_of_signers_are_read_alike_by_both(made, keys, tmp_path, way, line, vouches):
    signatures.sign(made, keys / "analyst", "analyst", WHO["analyst"])
    path = tmp_path / "signers"
    path.write_text(line.format(key=(keys / "analyst.pub").read_text().strip()) + "\n")
    assert (said(made, path) == []) is vouches


def test_roles_out_of_order_are_refused_and_nothing_is_written(made, keys):
    with pytest.raises(ValueError, match="the reviewer signs over the analyst's signature"):
        signatures.sign(made, keys / "reviewer", "reviewer", WHO["reviewer"])
    signatures.sign(made, keys / "analyst", "analyst", WHO["analyst"])
    with pytest.raises(ValueError, match="the verifier signs over the reviewer's signature"):
        signatures.sign(made, keys / "verifier", "verifier", WHO["verifier"])
    for key, who, told in [
        ("analyst", WHO["reviewer"], "the reviewer has the key of the analyst"),
        ("reviewer", WHO["analyst"], "the reviewer has the name of the analyst"),
    ]:
        with pytest.raises(ValueError, match=told):
            signatures.sign(made, keys / key, "reviewer", who)
    signatures.sign(made, keys / "reviewer", "reviewer", WHO["reviewer"])
    with pytest.raises(ValueError, match="the analyst signs before the reviewer, not after"):
        signatures.sign(made, keys / "other", "analyst", OTHER)
    assert len(list((made / "signatures").iterdir())) == 4


def test_several_of_a_role_sign_one_after_the_other(made, keys, way):
    signatures.sign(made, keys / "analyst", "analyst", WHO["analyst"])
    path = signatures.sign(made, keys / "other", "analyst", OTHER, "2026-01-15")
    assert path.name == "analyst-2.sig" and said(made) == []
    assert "2026-01-15" in signatures.sentences(made)[1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"role": "analist"}, "did you mean 'analyst'"),
        ({"principal": "An Analyst"}, "such as an e-mail address"),
        ({"date": "15.1.2026"}, "write YYYY-MM-DD"),
        ({"key": "nowhere"}, "ssh-keygen -t ed25519 makes one"),
        ({"key": "analyst.pub.txt"}, "no such key"),
    ],
)
def test_what_cannot_sign_is_refused(made, keys, asked, told):
    given_ = {"key": "analyst", "role": "analyst", "principal": "an@site.cn"} | asked
    with pytest.raises(ValueError, match=told):
        signatures.sign(made, keys / given_.pop("key"), **given_)
    assert not (made / "signatures").exists()


def test_a_file_that_is_no_key_is_refused(made, tmp_path, way):
    (tmp_path / "key").write_text("secret")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(ValueError, match="key: "):
        signatures.sign(made, tmp_path / "key", "analyst", "an@site.cn")


def test_an_edited_bundle_and_a_zip_file_are_not_signed(made, keys):
    (made / "claims.csv").write_text("edited")
    with pytest.raises(ValueError, match="claims.csv: has changed"):
        signatures.sign(made, keys / "analyst", "analyst", "an@site.cn")
    zipped = shutil.make_archive(str(made), "zip", made)
    with pytest.raises(ValueError, match="unpack a zip file"):
        signatures.sign(zipped, keys / "analyst", "analyst", "an@site.cn")


def test_signatures_and_nothing_else_may_stand_in_their_folder(signed):
    folder = signed / "signatures"
    (folder / "notes.txt").write_text("x")
    (folder / "analyst-01.sig").write_text("x")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "analyst-1.sig").write_text("x")
    (folder / "analyst-9.tsr").symlink_to(signed / "claims.csv")
    assert sorted(each.partition(": is ")[0] for each in bundle.verify(signed)) == [
        "signatures/analyst-01.sig",
        "signatures/analyst-9.tsr",
        "signatures/deeper/analyst-1.sig",
        "signatures/notes.txt",
    ]


def test_a_signed_bundle_is_kept_when_the_next_run_ends(signed, tmp_path):
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "claims.csv").write_text("new")
    bundle.describe(stage)
    kept = bundle.publish(stage, signed)
    assert kept.name == "2025.kept-1" and len(list((kept / "signatures").iterdir())) == 6


def armoured(blob):
    text = base64.b64encode(blob).decode()
    return f"{sshsig._BEGIN}\n{text}\n{sshsig._END}\n".encode()


@settings(max_examples=200, deadline=None)
@given(blob=st.binary(max_size=300), start=st.sampled_from([b"", b"SSHSIG\0\0\0\1"]))
def test_a_hostile_signature_is_refused_and_nothing_more(blob, start):
    for content in (start + blob, armoured(start + blob)):
        with pytest.raises(ValueError, match="no OpenSSH signature"):
            sshsig.parsed(content)


def test_a_changed_byte_of_a_signature_never_passes(keys, monkeypatch):
    monkeypatch.setattr(sshsig, "tool", lambda: None)
    blob = base64.b64decode(b"".join(sshsig.sign(b"a text", keys / "analyst").splitlines()[1:-1]))
    for at in range(len(blob)):
        changed = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        assert sshsig.fault(b"a text", armoured(changed)) != ""


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 30_000, b"\xff" * 100, b"9" * 5000])
@pytest.mark.parametrize("extension", ["json", "sig"])
def test_a_hostile_file_of_a_signature_is_a_fault_of_that_file(signed, way, extension, content):
    (signed / "signatures" / f"reviewer-2.{extension}").write_bytes(content)
    assert any(each.startswith("signatures/reviewer-2.sig: ") for each in said(signed))
    assert signatures.sentences(signed)


def test_without_either_tool_it_says_what_to_install(signed, monkeypatch):
    def missing():
        raise ValueError("signatures need ssh-keygen")

    monkeypatch.setattr(sshsig, "tool", lambda: None)
    monkeypatch.setattr(sshsig, "_library", missing)
    with pytest.raises(ValueError, match="need ssh-keygen"):
        said(signed)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time-stamping authority of our own on this machine: its address and its certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    pytest.importorskip("rfc3161_client")
    folder = tmp_path_factory.mktemp("authority")
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=Test TSA\n"
        "[ext]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
        f"basicConstraints=CA:true\n[tsa]\ndefault_tsa=t\n[t]\nserial={folder}/serial\n"
        f"signer_cert={folder}/tsa.pem\nsigner_key={folder}/tsa.key\ncerts={folder}/tsa.pem\n"
        "default_policy=1.2.3.4\ndigests=sha256,sha512\nsigner_digest=sha256\n"
        "ess_cert_id_alg=sha256\n"
    )
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7300"]
    request += ["-config", "tsa.cnf", "-keyout", "tsa.key", "-out", "tsa.pem"]
    subprocess.run(request, cwd=folder, check=True, capture_output=True)

    class Stamps(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            (folder / "asked.tsq").write_bytes(asked)
            reply = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "asked.tsq"]
            made = subprocess.run(reply, cwd=folder, check=True, capture_output=True).stdout
            self.send_response(200)
            self.end_headers()
            self.wfile.write(made)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Stamps)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder / "tsa.pem"
    server.shutdown()


def test_a_timestamp_is_of_its_signature_and_by_its_authority(made, keys, authority, tmp_path):
    address, roots = authority
    signatures.sign(made, keys / "analyst", "analyst", "an@site.cn", timestamp=address)
    assert bundle.verify(made, every=True) == []
    assert list(signatures.faults(made, None, roots)) == []
    assert "stamped 2" in signatures.sentences(made)[0]
    moment = timestamps.moment(made / "signatures" / "analyst-1.tsr")
    assert moment.removesuffix("Z") + "+00:00" in signatures.sentences(made)[0]
    signatures.sign(made, keys / "reviewer", "reviewer", "rev@site.cn")
    over = json.loads((made / "signatures" / "reviewer-2.json").read_text())["over"]
    assert "signatures/analyst-1.tsr" in over
    stamp = made / "signatures" / "analyst-1.tsr"
    assert timestamps.fault(b"another signature", stamp) == "is of another signature"
    stamp.write_bytes(b"nonsense")
    assert any("is no timestamp" in each for each in said(made))


def test_a_timestamp_of_another_authority_is_told(made, keys, authority, tmp_path):
    address, roots = authority
    signatures.sign(made, keys / "analyst", "analyst", "an@site.cn", timestamp=address)
    other = tmp_path / "other.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Other"]
    request += ["-keyout", str(tmp_path / "other.key"), "-out", str(other)]
    subprocess.run(request, check=True, capture_output=True)
    ((file, told),) = signatures.faults(made, None, other)
    assert file == "signatures/analyst-1.tsr" and told.startswith("is not by an authority of")


def test_an_address_that_does_not_answer_leaves_no_signature(made, keys):
    pytest.importorskip("rfc3161_client")
    for address, told in [("http://127.0.0.1:9", "sign without it"), ("file:///etc/x", "https")]:
        with pytest.raises(ValueError, match=told):
            signatures.sign(made, keys / "analyst", "analyst", "an@site.cn", timestamp=address)
    assert not (made / "signatures").exists()


def test_a_forged_signature_is_not_said_to_be_made_by_whom_it_names(signed, way):
    write(signed, "reviewer-2", principal="boss@site.cn")
    said_ = signatures.sentences(signed)
    assert said_[1].endswith("is no signature of this text by the key it names")


def test_the_command_line_signs_and_refuses_in_a_sentence(made, keys, capsys):
    asked = ["sign", str(made), "--key", str(keys / "analyst"), "--principal", "an@site.cn"]
    assert cli.main([*asked, "--role", "analyst"]) == 0
    assert capsys.readouterr().out.startswith("signed by an@site.cn as analyst: ")
    assert cli.main([*asked, "--role", "reviewer"]) == 1
    assert "has the key of the analyst" in capsys.readouterr().err
    assert cli.main(["verify", str(made), "--signers", str(made / "nowhere")]) == 1
    assert "no such file" in capsys.readouterr().err
    assert cli.main(["verify", str(made)]) == 1  # no more than one table: no whole bundle
    assert "nobody vouches for this key" in capsys.readouterr().out
