"""The organisation's signature: over the whole file, from a file, a token or a key made here; and the keys that fail."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from django.conf import settings as office
from django.utils import timezone
from django.utils.translation import override
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from documents.press import process as press_module
from documents.press.process import Press, PressFailed
from documents.proof import sign
from documents.proof.keys import run_aside
from documents.proof.verify import signature_of

SOFTHSM = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/local/lib/softhsm/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so")  # fmt: skip
PIN = "4321"


@pytest.fixture(scope="module")
def paper() -> bytes:
    """Any PDF will do: what is signed is bytes."""
    written = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = "任务书"
        document.save(written)
    return written.getvalue()


def certificate_of(private: Any, *, days: int = 300, name: str = "星桥数码 行政部") -> x509.Certificate:
    now = timezone.now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=private.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=400))
    return made.not_valid_after(now + timedelta(days=days)).sign(private, hashes.SHA256())


def fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Callable[..., x509.Certificate]:
    """`key_file(days=300)`: a PKCS#12 file with the passphrase "inkstone", named by the settings; its certificate."""

    def made(**options: Any) -> x509.Certificate:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = certificate_of(private, **options)
        place = tmp_path / "office.p12"
        place.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"office", private, certificate, None, BestAvailableEncryption(b"inkstone")
            )
        )
        settings.SIGNING_KEY, settings.SIGNING_PASSPHRASE = str(place), "inkstone"
        return certificate

    return made


def as_others_see_it(content: bytes) -> dict[str, Any]:
    """What an independent reading of the whole PDF says of its one signature."""
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    status = run_aside(async_validate_pdf_signature(signature, ValidationContext(trust_roots=[signature.signer_cert])))
    return {
        "field": signature.field_name,
        "subfilter": signature.sig_object["/SubFilter"],
        "by": signature.sig_object["/Name"],
        "reason": signature.sig_object["/Reason"],
        "certificate": signature.signer_cert.subject.native["common_name"],
        "unbroken": status.intact and status.valid,
        "whole": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    }


# --- the signature ----------------------------------------------------------------------------------------


def test_a_signature_is_appended_covers_the_whole_file_and_says_whose_it_is(paper: bytes) -> None:
    signed = sign.sign(paper, "en", "Star Bridge Digital")

    assert signed.content.startswith(paper)
    assert as_others_see_it(signed.content) == {
        "field": "Office",
        "subfilter": "/ETSI.CAdES.detached",
        "by": "星桥数码",
        "reason": "Issued by Star Bridge Digital; signed with a demonstration key, which proves nothing",
        "certificate": "星桥数码 (demonstration key)",
        "unbroken": True,
        "whole": True,
    }
    assert (
        as_others_see_it(sign.sign(paper, "zh-hans").content)["reason"] == "由星桥数码签发；以演示密钥签名，不具证明力"
    )


def test_a_signed_paper_is_still_whole_and_says_of_itself_what_the_press_said(issued: Any, tmp_path: Path) -> None:
    from documents.registry import store

    rendition = issued.rendition
    content = store.get(rendition.digest)
    file = tmp_path / "circular.pdf"
    file.write_bytes(content)

    checked = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)
    with (
        pikepdf.open(io.BytesIO(content)) as signed,
        pikepdf.open(io.BytesIO(content[: rendition.unsigned_size])) as made,
    ):
        said = [(str(pdf.docinfo), pdf.Root.Metadata.read_bytes(), pdf.Root.Lang) for pdf in (signed, made)]
        widget = next(annotation for annotation in signed.pages[0].Annots if annotation.get("/FT") == "/Sig")
        shown = [float(side) for side in widget.Rect], int(widget.F) & 4

    assert (checked.returncode, checked.stderr) == (0, "")
    assert said[0] == said[1]
    assert shown == ([0, 0, 0, 0], 4)  # nothing to see, and printable, as PDF/A wants it
    assert as_others_see_it(content)["whole"]


def test_two_signatures_of_the_same_paper_are_two_files(paper: bytes, key_file: Any) -> None:
    key_file()

    assert len({sign.sign(paper, "en").content for _ in range(3)}) == 3


def test_a_paper_can_be_signed_where_a_loop_is_running(paper: bytes) -> None:
    async def served() -> bool:
        found = signature_of(sign.sign(paper, "en").content)
        return bool(found and found.holds)

    assert run_aside(served())


# --- where keys come from -----------------------------------------------------------------------------------

FIRST = """
import django, sys; django.setup()
from documents.proof.sign import sign
sys.stdin.readline()
print(sign(open(sys.argv[1], "rb").read(), "en").signer)
"""


def test_workers_that_start_at_once_make_one_key_between_them(paper: bytes, tmp_path: Path) -> None:
    blank = tmp_path / "blank.pdf"
    blank.write_bytes(paper)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGNING_")}
    environment |= {"VAR_DIR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "project.settings"}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST, str(blank)],
            cwd=office.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    time.sleep(1)
    for worker in workers:
        worker.stdin.write("now\n")
        worker.stdin.flush()
    signers = {worker.communicate()[0].strip() for worker in workers}

    folder = tmp_path / "var" / "signing"
    assert len(signers) == 1
    assert [file.name for file in folder.iterdir()] == ["demonstration.p12"]
    assert [stat.S_IMODE(place.stat().st_mode) for place in (folder, folder / "demonstration.p12")] == [0o700, 0o600]


def test_a_key_in_a_file_signs(paper: bytes, key_file: Any) -> None:
    certificate = key_file()

    signed = sign.sign(paper, "en")

    seen = as_others_see_it(signed.content)
    assert (signed.signer, seen["unbroken"], seen["whole"]) == (fingerprint(certificate), True, True)
    assert (seen["certificate"], seen["reason"]) == ("星桥数码 行政部", "Issued by 星桥数码")
    assert sign.check_settings() == []


@pytest.fixture
def token(tmp_path: Path, monkeypatch: Any, settings: Any) -> Callable[..., x509.Certificate]:
    """`token(private)`: a SoftHSM token "office" that holds the key as "seal", named by the settings; its certificate."""
    configuration = tmp_path / "softhsm2.conf"
    (tmp_path / "tokens").mkdir()
    configuration.write_text(
        f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))

    def tool(*arguments: str) -> None:
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)

    def made(private: Any, *, certificate_inside: bool = False) -> x509.Certificate:
        certificate = certificate_of(private)
        key = tmp_path / "key.pem"
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        tool("--init-token", "--free", "--label", "office", "--so-pin", "12345678", "--pin", PIN)
        tool("--import", str(key), "--token", "office", "--pin", PIN, "--label", "seal", "--id", "01")
        module = next(path for path in SOFTHSM if Path(path).exists())
        if certificate_inside:
            put_inside(module, certificate)
        else:
            outside = tmp_path / "certificate.pem"
            outside.write_bytes(certificate.public_bytes(Encoding.PEM))
            settings.SIGNING_CERTIFICATE = str(outside)
        settings.SIGNING_PKCS11_MODULE, settings.SIGNING_PKCS11_TOKEN = module, "office"
        settings.SIGNING_PKCS11_PIN, settings.SIGNING_PKCS11_KEY = PIN, "seal"
        return certificate

    return made


def put_inside(module: str, certificate: x509.Certificate) -> None:
    """Store a certificate beside its key, in a process of its own: this one has not opened the token yet."""
    code = (
        "import sys, pkcs11; from pkcs11.util.x509 import decode_x509_certificate as decode\n"
        "token = pkcs11.lib(sys.argv[1]).get_token(token_label='office')\n"
        "described = decode(sys.stdin.buffer.read())\n"
        "described[pkcs11.Attribute.LABEL] = 'seal'; described[pkcs11.Attribute.TOKEN] = True\n"
        f"with token.open(rw=True, user_pin='{PIN}') as session: session.create_object(described)"
    )
    subprocess.run([sys.executable, "-c", code, module], input=certificate.public_bytes(Encoding.DER), check=True)


@pytest.mark.parametrize("inside", [True, False], ids=["certificate in the token", "certificate in a file"])
@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
def test_a_key_in_a_token_signs(kind: str, inside: bool, paper: bytes, token: Any) -> None:
    private = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
    certificate = token(private, certificate_inside=inside)

    signed = sign.sign(paper, "en")

    seen = as_others_see_it(signed.content)
    assert (signed.signer, seen["unbroken"], seen["whole"]) == (fingerprint(certificate), True, True)
    assert (sign.is_demonstration(), sign.check_settings()) == (False, [])


def test_a_forked_worker_opens_the_token_for_itself(paper: bytes, token: Any) -> None:
    token(ec.generate_private_key(ec.SECP256R1()))
    sign.sign(paper, "en")

    child = os.fork()
    if child == 0:
        try:
            found = signature_of(sign.sign(paper, "en").content)
            os._exit(0 if found and found.holds else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    found = signature_of(sign.sign(paper, "en").content)  # and the parent's is as good as before
    assert found
    assert found.holds


# --- keys that fail ----------------------------------------------------------------------------------------


def test_a_wrong_pin_is_tried_once_so_that_the_token_is_not_locked(paper: bytes, token: Any, settings: Any) -> None:
    token(ec.generate_private_key(ec.SECP256R1()))
    settings.SIGNING_PKCS11_PIN = "9999"
    with override("en"), pytest.raises(sign.SigningFailed, match="“office” refused the PIN") as first:
        sign.sign(paper, "en")
    with override("en"), pytest.raises(sign.SigningFailed) as second:
        sign.sign(paper, "en")
    assert (str(second.value), second.value.__cause__) == (str(first.value), None)  # the token was not asked

    settings.SIGNING_PKCS11_PIN = PIN
    assert sign.sign(paper, "en").signer


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SIGNING_PKCS11_KEY": "stamp"}, "The key “stamp” in the token “office” cannot be opened"),
        ({"SIGNING_PKCS11_TOKEN": "shop"}, "in the token “shop” cannot be opened: No token matching"),
        ({"SIGNING_PKCS11_MODULE": "/nowhere/module.so"}, "cannot be opened: .*/nowhere/module.so"),
        ({"SIGNING_CERTIFICATE": "/nowhere/office.pem"}, "The certificate /nowhere/office.pem cannot be read"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_a_token_cannot_do_is_said(change: Any, said: str, paper: bytes, token: Any, settings: Any) -> None:
    token(ec.generate_private_key(ec.SECP256R1()))
    for name, value in change.items():
        setattr(settings, name, value)

    with override("en"), pytest.raises(sign.SigningFailed, match=said):
        sign.sign(paper, "en")


def test_a_certificate_of_another_key_signs_nothing(paper: bytes, token: Any, settings: Any, tmp_path: Path) -> None:
    token(ec.generate_private_key(ec.SECP256R1()))
    foreign = certificate_of(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "foreign.der").write_bytes(foreign.public_bytes(Encoding.DER))
    settings.SIGNING_CERTIFICATE = str(tmp_path / "foreign.der")

    with override("en"), pytest.raises(sign.SigningFailed, match="do not belong together"):
        sign.sign(paper, "en")


def spoil(settings: Any, how: str, tmp_path: Path) -> None:
    match how:
        case "missing":
            settings.SIGNING_KEY = str(tmp_path / "elsewhere.p12")
        case "wrong passphrase":
            settings.SIGNING_PASSPHRASE = "ink"
        case "not a key":
            Path(settings.SIGNING_KEY).write_bytes(b"not PKCS#12 at all")


@pytest.mark.parametrize(
    ("how", "days", "said"),
    [
        ("missing", 300, "elsewhere.p12 cannot be read: No such file or directory."),
        (
            "wrong passphrase",
            300,
            "cannot be opened: its passphrase is wrong, or it holds no key with its certificate.",
        ),
        ("not a key", 300, "cannot be opened: its passphrase is wrong, or it holds no key with its certificate."),
        ("expired", -1, "The certificate of the signing key is valid from "),
    ],
)
def test_a_key_file_that_does_not_open_is_said_by_worker_and_check(
    how: str, days: int, said: str, paper: bytes, key_file: Any, settings: Any, tmp_path: Path
) -> None:
    key_file(days=days)
    spoil(settings, how, tmp_path)

    with override("en"):
        with pytest.raises(sign.SigningFailed) as failure:
            sign.sign(paper, "en")
        (warning,) = sign.check_settings()

        assert said in str(failure.value)
        assert (warning.id, warning.msg) == ("documents.W001", str(failure.value))


def test_a_certificate_that_runs_out_soon_is_told_beforehand(paper: bytes, key_file: Any) -> None:
    key_file(days=20)

    (warning,) = sign.check_settings()

    assert (warning.id, "runs out on" in warning.msg, bool(sign.sign(paper, "en"))) == ("documents.W001", True, True)


@pytest.mark.parametrize(
    ("names", "number", "said"),
    [
        ({"SIGNING_KEY": "a.p12", "SIGNING_PKCS11_MODULE": "m.so"}, "E001", "are both set"),
        ({"SIGNING_PKCS11_MODULE": "m.so"}, "E002", "not SIGNING_PKCS11_TOKEN, SIGNING_PKCS11_KEY"),
        ({"SIGNING_PKCS11_PIN": "1"}, "E002", "not SIGNING_PKCS11_MODULE, SIGNING_PKCS11_TOKEN, SIGNING_PKCS11_KEY"),
        ({"SIGNING_CERTIFICATE": "c.pem"}, "E002", "not SIGNING_PKCS11_MODULE"),
        ({"SIGNING_PASSPHRASE": "p"}, "E003", "no SIGNING_KEY"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_settings_that_contradict_each_other_stop_the_check(names: Any, number: str, said: str, settings: Any) -> None:
    for name, value in names.items():
        setattr(settings, name, value)

    (error,) = sign.check_settings()

    assert (error.id, error.is_serious(), said in error.msg) == (f"documents.{number}", True, True)


def test_the_press_is_not_told_what_opens_the_key(tmp_path: Path, monkeypatch: Any) -> None:
    told = tmp_path / "told"
    listener = tmp_path / "listener"
    listener.write_text(f"#!/bin/sh\nenv > {told}\n")
    listener.chmod(0o755)
    monkeypatch.setattr(press_module.sys, "executable", str(listener))
    monkeypatch.setenv("SIGNING_PASSPHRASE", "inkstone")
    monkeypatch.setenv("SIGNING_PKCS11_PIN", PIN)
    press = Press()

    with pytest.raises(PressFailed):
        press.print("campaign.circular", "zh-hans", {})
    press.close()

    heard = told.read_text()
    assert ("FONTCONFIG_FILE" in heard, "SIGNING" in heard, "inkstone" in heard) == (True, False, False)


def test_a_paper_says_whether_its_key_is_for_demonstration(open_campaign: Any, walk: Any, settings: Any) -> None:
    from documents.models import IssuedDocument

    campaign = open_campaign()
    walk(campaign, to="region_review")
    settings.SIGNING_KEY = "/srv/office.p12"
    walk(campaign, to="approved")

    said = dict(IssuedDocument.objects.filter(matter=campaign.pk).values_list("kind", "facts__demonstration_key"))
    assert said == {"campaign.declaration": True, "campaign.circular": False, "campaign.approval": False}
