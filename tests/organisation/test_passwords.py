"""Which passwords are taken: not what anybody would try first, not what is known from elsewhere."""

import hashlib

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.checks import run_checks
from django.core.exceptions import ValidationError

from workflows.organisation.models import Unit
from workflows.organisation.passwords import stands_in


def taken(password, person=None):
    try:
        validate_password(password, person)
    except ValidationError:
        return False
    return True


@pytest.fixture
def linxiao(chain):
    Unit.objects.filter(pk=chain.group.pk).update(name_en="Starbridge Digital")
    chain.planner.name_en = "Lin Xiao"
    return chain.planner


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "123456789012",
        "210987654321",
        "abcabcabcabcabc",
        "qwertyuiop[]12",
        "1qaz2wsx3edc",
        "Welcome2026!",
        "P@ssw0rd2026!!",
        "星桥数码2026!!!!",
        "2026星桥数码2027",
        "Starbridge2026!",
        "StarbridgeDigital1",
        "杭州城西店2026年8",
        "linxiao123456",
        "LinXiao@123456",
        "xiao.lin.2026!",
        "林晓林晓林晓林晓林晓林晓",
        "Admin-Admin-2026",
        "short-one",
    ],
)
def test_what_anybody_would_try_first_is_not_taken(password, linxiao):
    assert not taken(password, linxiao)


@pytest.mark.parametrize(
    "password",
    [
        "苹果与大象一起跳舞到天亮吧",
        "correct horse battery staple",
        "kein-anderer-weiss-es-9",
        "aB3$xY9!kQ2z",
        "x" * 5 + "-umbra-7-velo",
    ],
)
def test_words_that_have_nothing_to_do_with_each_other_are(password, linxiao):
    assert taken(password, linxiao)


def test_anothers_name_is_refused_to_its_owner_only(linxiao, chain):
    """Nobody is asked to know the names of everybody: only the house's words and one's own are refused."""
    assert (taken("linxiao-94-pfirsich", linxiao), taken("linxiao-94-pfi", linxiao)) == (True, False)
    assert taken("linxiao-94-pfi", chain.region_manager)


def test_a_megabyte_is_no_password(linxiao):
    assert [taken("umbra-velo-7 " * n, linxiao) for n in (5, 10)] == [True, False]


def test_it_is_kept_as_a_slow_hash_with_a_salt_of_its_own(linxiao):
    linxiao.set_password("kein-anderer-weiss-es-9")
    first = linxiao.password
    linxiao.set_password("kein-anderer-weiss-es-9")

    assert first.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != linxiao.password


# --- known from a breach -------------------------------------------------------------------------------------

KNOWN = [f"known-from-elsewhere-{n}" for n in range(40)]


def digests(passwords):
    return sorted(hashlib.sha1(each.encode()).hexdigest().upper() for each in passwords)


@pytest.mark.parametrize("ending", ["\n", ":17\n", "\r\n"])
@pytest.mark.parametrize("lines", [0, 1, 2, 40])
def test_what_stands_in_the_list_is_found_and_nothing_else(ending, lines, tmp_path):
    file = tmp_path / "breached"
    file.write_bytes("".join(digest + ending for digest in digests(KNOWN[:lines])).encode())

    found = [stands_in(file, digest) for digest in digests(KNOWN[:lines])]
    others = [stands_in(file, digest) for digest in ("0" * 40, "F" * 40, *digests(["elsewhere"]))]

    assert (found, others) == ([True] * lines, [False] * 3)


def test_a_breached_password_is_refused_where_a_list_is_given(linxiao, settings, tmp_path):
    file = tmp_path / "breached"
    file.write_text("\n".join(digests(["kein-anderer-weiss-es-9"])))
    before = taken("kein-anderer-weiss-es-9", linxiao)
    settings.PASSWORD_BREACH_FILE = str(file)

    assert (before, taken("kein-anderer-weiss-es-9", linxiao), taken("kein-anderer-weiss-es-8", linxiao)) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "door.E001"),
        ("password\n123456\n", "door.E002"),
        ("".join(f"{digest}\n" for digest in reversed(digests(KNOWN))), "door.E003"),
        ("".join(f"{digest}:3\n" for digest in digests(KNOWN)), None),
    ],
)
def test_a_list_that_is_none_is_complained_of(content, complaint, settings, tmp_path):
    file = tmp_path / "breached"
    if content is not None:
        file.write_text(content)
    settings.PASSWORD_BREACH_FILE = str(file)

    found = [each.id for each in run_checks(tags=["security"]) if str(each.id).startswith("door.")]

    assert found == ([complaint] if complaint else [])
