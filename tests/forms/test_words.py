"""What a form of the registry says of a slip: in the house's words, never in the framework's."""

import pytest
from django.utils import translation

from forms.batches import Filter, TogetherForm
from forms.check import CodeForm, NumberForm
from forms.register import SealForm

LONG = "星" * 200
FOUR_DIGITS = {"zh-hans": "请填写四位数的年份，如 2026。", "en": "Please enter a year of four digits, like 2026."}
NO_DAY = {"zh-hans": "不是有效日期，请写成 2026-12-20。", "en": "This is not a day. Write it like 2026-12-20."}
SLIPS = [
    (Filter, {"year": "26"}, {"year": FOUR_DIGITS}),
    (Filter, {"year": "20260"}, {"year": FOUR_DIGITS}),
    (Filter, {"year": "今年"}, {"year": FOUR_DIGITS}),
    (Filter, {"since": "gestern", "until": "2026-13-01"}, {"since": NO_DAY, "until": NO_DAY}),
    (TogetherForm, {}, {"title": {"zh-hans": "请填写打印文件名称。", "en": "Please name the print file."}}),
    (SealForm, {}, {"name": {"zh-hans": "请填写环排文字。", "en": "Please write the words round the ring."}}),
    (SealForm, {"name": "星"}, {"name": {"zh-hans": "至少 2 个字符。", "en": "At least 2 characters, please."}}),
    (
        SealForm,
        {"name": LONG[:25], "below": LONG[:13]},
        {
            "name": {
                "zh-hans": "最多 24 个字符，目前为 25 个。",
                "en": "At most 24 characters, please; these are 25.",
            },
            "below": {
                "zh-hans": "最多 12 个字符，目前为 13 个。",
                "en": "At most 12 characters, please; these are 13.",
            },
        },
    ),
    (CodeForm, {"code": LONG}, {
        "code": {"zh-hans": "最多 40 个字符，目前为 200 个。", "en": "At most 40 characters, please; these are 200."},
    }),
    (NumberForm, {"issued_on": "昨天"}, {
        "number": {"zh-hans": "请填写文号。", "en": "Please enter the document's number."}, "issued_on": NO_DAY,
    }),
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("form", "typed", "said"), SLIPS, ids=lambda value: getattr(value, "__name__", None))
def test_slips(chain, language, form, typed, said):
    if form is SealForm:
        typed = {"unit": chain.store.pk, **typed}
    with translation.override(language):
        errors = {name: [str(word) for word in words] for name, words in form(typed).errors.items()}

    assert errors == {name: [words[language]] for name, words in said.items()}
