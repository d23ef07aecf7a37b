"""Words are found in whichever width they were typed, and nothing else is found with them."""

from __future__ import annotations

import string
from typing import Any

import pytest

from workflows.organisation.models import Person
from workflows.organisation.width import as_reference

FULL = str.maketrans(
    {sign: chr(ord(sign) + 0xFEE0) for sign in string.punctuation + string.ascii_letters + "0123456789"}
)


@pytest.fixture
def found(db: Any) -> Any:
    """`found(stored, typed)`: whether a person of that name is found by what is typed."""

    def asked(stored: str, typed: str) -> bool:
        person, _new = Person.objects.update_or_create(username="somebody", defaults={"name": stored})
        return Person.objects.filter(pk=person.pk, name__mentions=typed).exists()

    return asked


@pytest.mark.parametrize(
    ("stored", "typed", "expected"),
    [
        ("手机节（国行）首发", "(国行)", True),
        ("手机节(国行)首发", "（国行）", True),
        ("手机节（国行)首发", "(国行）", True),
        ("主题：春天", "主题:春天", True),
        ("主题:春天", "主题：春天", True),
        ("ＱＨ－２０２６", "qh-2026", True),
        ("QH-2026", "ｑｈ－２０２６", True),
        ("iPhone 18", "IPHONE　１８", True),
        ("活动　方案", "活动 方案", True),
        ("数码生活节", "生活", True),
        ("Café", "CAFÉ", True),
        ("Café", "Cafe\u0301", True),
        ("ｶﾒﾗ", "カメラ", True),
        ("100%", "100％", True),
        ("1000", "100%", False),
        ("数码生活节", "数.生活节", False),
        ("abc", "a_c", False),
        ("abc", "a*c", False),
        ("abc", "[abc]", False),
        ("a[b]c\\d", "[b]C\\D", True),
        ("a^b-c", "A＾b－c", True),
        ("手机节", "（手机节）", False),
        ("手机节", "", True),
        ("手机节", "手机\x00节", True),
    ],
)
def test_width_and_case_make_no_difference(stored: str, typed: str, expected: bool, found: Any) -> None:
    assert found(stored, typed) is expected


def test_every_sign_is_found_in_both_widths_and_alone(found: Any) -> None:
    for sign in string.punctuation:
        full, other = sign.translate(FULL), "x" if sign != "x" else "y"
        assert [
            found(f"春{full}天", f"春{sign}天"),
            found(f"春{sign}天", f"{full}天"),
            found(f"a{sign}1", f"Ａ{full}１"),
        ] == [True] * 3, sign
        assert [found(f"春{other}天", f"春{sign}天"), found("春天", sign)] == [False, False], sign


@pytest.mark.parametrize("typed", ["QH-2026-0001", "ｑｈ－２０２６－０００１", "qh–2026—0001", "QH−2026‐0001"])
def test_a_reference_is_read_as_it_is_stored(typed: str) -> None:
    assert as_reference(typed) == "QH-2026-0001"
