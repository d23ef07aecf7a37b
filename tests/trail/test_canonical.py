"""The bytes that stand for a line: the same for ever, on every database, whatever happens to the names."""

from datetime import datetime

import pytest
from django.utils import timezone

from workflows.organisation.offices import Capacity
from workflows.trail.models import Entry
from workflows.trail.record import about, line

MOMENT = timezone.make_aware(datetime(2026, 3, 9, 10, 30, 15, 42))


@pytest.fixture
def entry(chain):
    """A line with something in every column, and keys we know."""
    return line(
        Capacity(chain.vice_president, chain.vice_president.posts.get(), chain.president),
        action="sign",
        seq=7,
        at=MOMENT,
        subject="golden/1",
        workflow="campaign",
        unit=chain.store,
        step="signature",
        from_state="signature",
        to_state="approved",
        turn=5,
        note="同意。\n“第二行”",
        changes={"title": ["旧", "新"], "amount": [None, "82000.00"]},
        documents=[{"kind": "campaign.circular", "id": "x", "number": "星企〔2026〕7号"}],
        rules=[{"key": "amount_between", "values": {"limit": "200000", "amount": "82000.00"}}],
        late=True,
    )


def golden(entry):
    return (
        '[null,"golden/1",7,"2026-03-09T02:30:15.000042+00:00",'
        f'{entry.actor_id},"顾维桢",{entry.post_id},"星桥数码 · 副总裁",{entry.on_behalf_of_id},"秦岳",'
        f'"campaign",{entry.unit_id},"sign","signature","signature","approved",5,"同意。\\n“第二行”",'
        '{"amount":[null,"82000.00"],"title":["旧","新"]},'
        '[{"id":"x","kind":"campaign.circular","number":"星企〔2026〕7号"}],'
        '[{"key":"amount_between","values":{"amount":"82000.00","limit":"200000"}}],true]'
    ).encode()


def test_the_golden_bytes(entry):
    assert entry.canonical() == golden(entry)


def test_read_back_from_the_database_they_are_the_same(entry):
    assert Entry.objects.get(pk=entry.pk).canonical() == golden(entry)


def test_every_column_of_the_table_stands_in_them_but_the_key():
    columns = {column.attname for column in Entry._meta.concrete_fields}

    assert set(Entry.CANONICAL) == columns - {"id"}


def test_a_name_changed_later_changes_no_line(entry, chain):
    chain.president.name = "秦岳山"
    chain.president.save()

    assert Entry.objects.get(pk=entry.pk).canonical() == golden(entry)


def test_lines_about_one_subject_are_counted(chain):
    numbers = [about("policies.edition/9", by=chain.administrator, action="change", changes={}).seq for _n in range(3)]

    assert numbers == [1, 2, 3]


def test_a_line_is_neither_saved_again_nor_deleted(entry):
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
