"""A file arrives under the name it was sent with.

Django takes out of it whatever `str.isprintable` denies, the full-width blank of our keyboards among that, and
decodes HTML that nobody encoded: 活动　方案.pdf and 活动方案.pdf would be one name before any form sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import ImmutableList, MultiValueDict

from workflows.matters.filenames import kept

MOST = 255  # characters, as Django itself allows a file that arrives


class Parser(MultiPartParser):
    """Takes names as they are, less what `kept` takes out of every one."""

    def sanitize_file_name(self, file_name: str) -> str:
        return kept(file_name, MOST)


class UploadMiddleware:
    """Has the body of a request read by our `Parser`; stands before whoever looks into it first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def read(meta: dict[str, Any], body: Any) -> tuple[QueryDict, MultiValueDict[str, Any]]:
            warning = "You cannot alter upload handlers after the upload has been processed."
            request.upload_handlers = ImmutableList(request.upload_handlers, warning=warning)
            return Parser(meta, body, request.upload_handlers, request.encoding).parse()

        request.parse_file_upload = read  # type: ignore[assignment, method-assign]  # the one place Django leaves for it
        return self.get_response(request)
