"""The door for an ASGI server."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

MOST_BODY = 128 * 1024 * 1024  # bytes; as workflows.door.stops has it, which comes too late here
Messages = Callable[..., Awaitable[Any]]


class Bounded:
    """Refuses a body by its length before Django writes it down whole, which here it does before anybody may ask."""

    def __init__(self, application: Messages) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Messages, send: Messages) -> None:
        headers = dict(scope.get("headers", ()))
        length = headers.get(b"content-length", b"")
        if scope["type"] == "http" and not length and b"chunked" in headers.get(b"transfer-encoding", b"").lower():
            await self._refuse(send, 411)
        elif scope["type"] == "http" and length.isdigit() and int(length[:20]) > MOST_BODY:
            await self._refuse(send, 413)
        else:
            await self.application(scope, receive, send)

    async def _refuse(self, send: Messages, status: int) -> None:
        words = "内容过大 · This is too much at once".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": words})


application = Bounded(get_asgi_application())
