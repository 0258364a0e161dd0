"""What reaches the routes at all, in which size and form, and what no cache keeps."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import problems

_FORM = "application/x-www-form-urlencoded"
_OF_ONE_PERSON = ("/v1/", "/calendar/", "/visit")


class BodyLimits:
    """ASGI middleware that answers 413 and 415 before anything is parsed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        media_type = _media_type(headers)
        is_form = media_type == _FORM and _takes_forms(scope["path"])
        length = headers.get("content-length", "0")
        # a form that is too long is counted below: its page says so itself
        if length.isdigit() and int(length) > problems.LARGEST_BODY and not is_form:
            await problems.too_large()(scope, receive, send)
            return
        has_body = length != "0" or "transfer-encoding" in headers
        if has_body and not is_form and not _is_json(media_type):
            detail = "Send JSON, with the header Content-Type: application/json."
            await problems.answer("unsupported_media_type", detail)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > problems.LARGEST_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class NotStored:
    """ASGI middleware: what the API answers is of one person, and no cache keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"].startswith(_OF_ONE_PERSON):
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, marked)


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _takes_forms(path: str) -> bool:
    return path == "/contact" or path.startswith(("/account/", "/visit/"))
