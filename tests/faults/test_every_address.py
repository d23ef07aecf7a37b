"""Whatever is sent to whatever address by whomever is answered, and never with a fault of ours.

The addresses are all there are, the parameters all that any page reads or any form asks for; what
is put into them is what a person sends, or a mistyped link, or somebody who means harm. A few hundred
by default, in a bounded time; EXAMPLES=many asks for many more, and draws others each time.
"""

from __future__ import annotations

import inspect
import os
import random
import re
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from documents.models import Batch, DistributionList, IssuedDocument, Receipt, Seal
from tests.examples import FEW, MANY, how_many
from workflows.campaigns.models import State
from workflows.matters.models import Attachment, Matter
from workflows.organisation.models import Person, Post, Unit
from workflows.policies.models import Edition
from workflows.trail.models import Entry

SECONDS = int(os.environ.get("SECONDS", {FEW: 8, MANY: 900}[how_many()]))
REQUESTS = {FEW: 350, MANY: 60_000}[how_many()]
SEED = 10 if how_many() == FEW else int(os.environ.get("SEED", random.randrange(10**6)))

ODD = [
    "", " ", "0", "-1", "1", "²", "１２", "٣", "1e400", "NaN", "Infinity", "9" * 18, "9" * 19, "9" * 30, "9" * 5000, "+1", "1_0",
    "0001-01-01", "9999-12-31", "2026-02-30", "2026-12-31", "10000-01-01", "1969-12-31T23:59", "24:00",
    "\x00", "a\x00b", "'", '"', "%", "%%s", "\\", "_", "*", "(", "[]", "{}", "[[", "null", "true", "<b>", "{{ 7 }}", "../../etc/passwd",
    "\u202e", "\u2028", "\ufeff", "\U0001f389", "\U00020000", "𠮷", "长" * 400, "x" * 20_000, "\r\n", "\t", "a" * 81,
    "00000000-0000-0000-0000-000000000000", "QH-2026-0001", "QH-2026-999999999", "星企发〔2026〕1号", "xn--", "://", "//elsewhere.example",
    "http://[", "javascript:alert(1)", "-created", "id", "all", "desk", "zh-hans", "en", "dark", "submit", "save", "on",
]  # fmt: skip
MEANT_FOR = {"admin/": "administrator", "trail": "auditor", "papers/": "clerk", "register": "clerk", "documents/": "administrator",
    "new/": "planner", "m/": "planner", "a/": "planner", "d/": "clerk", "malls/": "leasing_officer",
    "stalls/": "leasing_officer", "tenants/": "leasing_officer"}  # fmt: skip
BROKEN = [
    "%ff",
    "%ED%A0%80",
    "%C0%80",
    "%",
    "%zz",
    "%00",
    "%u0000",
]  # bytes that are no text, as they stand in an address
READ = re.compile(r"""(?:GET|POST|asked)(?:\.get|\.getlist|\.pop)?[\(\[]\s*["']([\w.-]+)["']""")


def addresses(found: Any = None, before: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """(route, converters, view) of every address there is; the route with `{name}` where an argument stands."""
    for entry in (found or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            for inner, more, view in addresses(entry, route):
                yield inner, {**entry.pattern.converters, **more}, view
        elif isinstance(entry, URLPattern):
            plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
            plain = re.sub(r"\(\?P\{?(\w+)\}?[^/]*\)", r"{\1}", plain)
            yield plain.strip("^$").replace("\\", ""), entry.pattern.converters, entry.callback


def asked_by(view: Any) -> list[str]:
    """The names that the module of a view looks for, in an address or with one of the forms it knows."""
    module = sys.modules[getattr(view, "view_class", view).__module__]
    names = set(READ.findall(inspect.getsource(module)))
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, forms.BaseForm):
            names |= set(getattr(kind, "base_fields", ()))
    return sorted(names)


def parameters() -> list[str]:
    """Every name that a page looks for in an address or in a form."""
    sources = [path for room in ("workflows", "forms") for path in Path(settings.BASE_DIR / room).rglob("*.py")]
    names = {name for path in sources for name in READ.findall(path.read_text(encoding="utf-8"))}
    todo = [forms.BaseForm]
    while todo:
        todo += (kinds := todo.pop().__subclasses__())
        names |= {name for kind in kinds for name in getattr(kind, "base_fields", ())}
    of_the_administration = {"o", "p", "all", "e", "_popup", "_to_field", "_changelist_filters", "action", "select_across",
        "_selected_action", "index", "app_label", "model_name", "field_name", "term", "is_active__exact", "unit__id__exact",
        "role__exact", "_save", "_continue", "_saveasnew", "post", "initial-x", "threshold_set-TOTAL_FORMS"}  # fmt: skip
    return sorted(names | of_the_administration)


@pytest.fixture
def office(chain: Any, open_campaign: Any, walk: Any) -> Any:
    """A chain with something of everything: a campaign under way, one approved with papers sent, files, lists, seals."""
    from documents.registry.batches import put_together
    from documents.registry.sealing import put_in_force
    from workflows.matters.attachments import attach
    from workflows.organisation.offices import Capacity

    clerk = Capacity(chain.clerk, chain.clerk.posts.get())
    put_in_force(chain.group, "星桥数码", "", capacity=clerk)
    walk(open_campaign(20_000), to=State.REGION_REVIEW)
    approved = walk(open_campaign(200_000), to=State.APPROVED)
    attach(
        approved,
        SimpleUploadedFile("说明.txt", "正文".encode()),
        capacity=Capacity(chain.planner),
        purpose="discussion",
    )
    DistributionList.objects.create(name="东区").units.add(chain.store)
    put_together("一起", list(approved.documents.all()), clerk)
    return chain


def keys() -> dict[str, list[Any]]:
    """What stands in the addresses of rows there are."""
    rows = [
        Matter,
        Attachment,
        IssuedDocument,
        Batch,
        Receipt,
        Seal,
        DistributionList,
        Person,
        Unit,
        Post,
        Edition,
        Entry,
    ]
    found = [key for model in rows for key in model.objects.values_list("pk", flat=True)[:3]]
    moves = ["endorse", "send_back", "reject", "sign", "change", "ask_cancel", "withdraw", "save_draft", "no_such_move"]
    return {
        "uuid": [key for key in found if isinstance(key, uuid.UUID)] + [uuid.uuid4()],
        "int": [key for key in found if isinstance(key, int)] + [0, 10**17, 10**18, 10**19, "9" * 5000],
        "slug": moves,
        "str": [*Matter.objects.values_list("reference", flat=True), *IssuedDocument.objects.values_list("code", flat=True)],
        "path": [str(key) for key in found if isinstance(key, int)],
    }  # fmt: skip


class Sender:
    """Draws requests and sends them; keeps those that were answered with a fault."""

    def __init__(self, office: Any) -> None:
        self.chance = random.Random(SEED)
        self.addresses, self.names, self.keys = all_addresses(), parameters(), keys()
        self.clients = {"nobody inside": Client()}
        for name, person in office.people().items():
            self.clients[name] = Client()
            self.clients[name].force_login(person)
        self.sent, self.faults = 0, []

    def value(self) -> str:
        real = self.keys[self.chance.choice(list(self.keys))]
        return str(self.chance.choice(real)) if real and self.chance.random() < 0.3 else self.chance.choice(ODD)

    def client(self, route: str) -> tuple[str, Client]:
        """Mostly somebody for whom the page is; else anybody."""
        room = next((who for start, who in MEANT_FOR.items() if route.startswith(start)), "")
        who = room if room and self.chance.random() < 0.7 else self.chance.choice(list(self.clients))
        return who, self.clients[who]

    def written(self, asked: Address) -> str:
        route = asked.route
        for name, kind in asked.kinds:
            odd = kind in ("str", "path", "slug") and self.chance.random() < 0.35
            put = quote(self.value(), safe="") if odd else quote(str(self.chance.choice(self.keys[kind])), safe="")
            if odd and self.chance.random() < 0.2:
                put = self.chance.choice(BROKEN)
            route = route.replace(f"{{{name}}}", put)
        return f"/{route}"

    def fields(self, asked: Address, most: int) -> list[tuple[str, str]]:
        """Mostly what the page looks for; else what another does."""
        count = self.chance.randint(0, most)
        own = asked.names or self.names
        return [
            (self.chance.choice(own if self.chance.random() < 0.8 else self.names), self.value()) for _ in range(count)
        ]

    def send(self) -> None:
        asked = self.chance.choice(self.addresses)
        who, client = self.client(asked.route)
        method = self.chance.choice(["GET", "GET", "GET", "POST", "POST", "HEAD", "PUT"])
        query = "&".join(f"{name}={quote_plus(value)}" for name, value in self.fields(asked, 4))
        if self.chance.random() < 0.1:
            query += f"&q={self.chance.choice(BROKEN)}"
        address, body, more = self.written(asked), self.fields(asked, 8) if method == "POST" else [], {}
        if self.chance.random() < 0.4:
            more["HTTP_HX_REQUEST"] = "true"
            more["HTTP_HX_TARGET"] = self.chance.choice(["", "matter", "matter-content", "x"])
            more["HTTP_HX_CURRENT_URL"] = self.chance.choice(["http://testserver/m/QH-2026-0001/", "http://[", "x"])
        told = f"seed {SEED}: {who} {method} {address}?{query} {body} {more}"[:1500]
        fields: dict[str, list[Any]] = {}
        for name, value in body:
            fields.setdefault(name, []).append(value)
        if method == "POST" and self.chance.random() < 0.2:
            fields["file"] = [SimpleUploadedFile(self.chance.choice(["a.txt", "²", "a.pdf"]), b"x\x00")]
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        try:
            with transaction.atomic():
                answer = self.answered(client, method, address, query, fields, more)
                transaction.set_rollback(True)
        except Exception as error:
            self.faults.append(f"{type(error).__name__} {error} | {told}"[:2000])
        else:
            if answer >= 500:
                self.faults.append(f"{answer} | {told}")
        client.cookies.clear()
        for name, value in cookies.items():
            client.cookies[name] = value
        self.sent += 1

    @staticmethod
    def answered(
        client: Client, method: str, address: str, query: str, fields: dict[str, Any], more: dict[str, str]
    ) -> int:
        answer = client.generic(method, "/", QUERY_STRING=query, PATH_INFO=raw(address), **more) if method != "POST" else (
            client.post("/", fields, QUERY_STRING=query, PATH_INFO=raw(address), **more)
        )  # fmt: skip
        if answer.streaming:
            for _part in answer.streaming_content:
                pass
        return int(answer.status_code)


def raw(address: str) -> str:
    """The path as a server hands it on: its bytes, each as one character."""
    return unquote_to_bytes(address).decode("iso-8859-1")


@dataclass(frozen=True)
class Address:
    route: str
    kinds: tuple[tuple[str, str], ...]  # its arguments and what each is
    names: tuple[str, ...]  # what its page looks for


def all_addresses() -> list[Address]:
    found = {}
    for route, converters, view in addresses():
        kinds = {name: type(kind).__name__.removesuffix("Converter").lower() for name, kind in converters.items()}
        kinds = {name: {"string": "str"}.get(kind, kind) for name, kind in kinds.items()}
        for name in re.findall(r"\{(\w+)\}", route):
            kinds.setdefault(name, "str")
        found[route] = Address(route, tuple(kinds.items()), tuple(asked_by(view)))
    return [found[route] for route in sorted(found)]


@pytest.mark.long
def test_no_request_is_answered_with_a_fault_of_ours(office: Any) -> None:
    sender, until = Sender(office), time.monotonic() + SECONDS
    while sender.sent < REQUESTS and time.monotonic() < until:
        sender.send()

    assert not sender.faults, "\n".join(sender.faults[:20])
    assert sender.sent > 30


def test_every_address_is_among_those_asked() -> None:
    """What is drawn from is the whole house: the desk, the papers, the door, the administration, a workflow's own."""
    routes = {address.route: address for address in all_addresses()}

    assert {"desk/", "m/{reference}/act/{move}/", "check/{code}/", "trail.csv", "d/{pk}/"} <= set(routes)
    assert {"admin/organisation/unit/{object_id}/history/", "admin/autocomplete/", "new/campaign/"} <= set(routes)
    assert len(routes) > 100
    assert {"before", "q", "receipt", "person", "since", "text", "units", "declaration"} - set(parameters()) <= {
        "declaration"
    }
