"""Middleware in front of all routes: limits on the size and form of calls, and headers of every answer.

Nothing here knows an operation. Apart from forms, no body reaches a route before `strict_json` has read it.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import problems
from gateway.problems import refusals
from shared import strict_json

MOST_PARAMETERS = 100
_FORM = "application/x-www-form-urlencoded"
_OF_ONE_PERSON = ("/v1/", "/calendar/", "/visit")
_A_YEAR = "max-age=31536000"


class BodyLimits:
    """ASGI middleware that refuses calls that are too large or malformed, before they are validated.

    The bytes of a body are parsed as JSON here first.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["query_string"].count(b"&") >= MOST_PARAMETERS:
            await _too_many_parameters()(scope, receive, send)
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
        if is_form or not has_body:
            await self._app(scope, _counted(receive), send)
        elif _is_json(media_type):
            await self._with_json(scope, receive, send)
        else:
            await problems.answer(refusals.UnsupportedMediaType())(scope, receive, send)

    async def _with_json(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return  # the caller is gone
            body += message.get("body", b"")
            if len(body) > problems.LARGEST_BODY:
                await problems.too_large()(scope, receive, send)
                return
            more = message.get("more_body", False)
        if body and (fault := _fault_of(bytes(body))):
            await fault(scope, receive, send)
            return
        read = False

        async def once() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, once, send)


class SafeAnswers:
    """ASGI middleware that adds the headers that protect the caller to every answer.

    Answers of the API belong to one person, so no cache may keep them. `https` adds HSTS.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in problems.SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                if self._https:
                    headers["Strict-Transport-Security"] = _A_YEAR
                if scope["path"].startswith(_OF_ONE_PERSON):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, marked)


def _counted(receive: Receive) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > problems.LARGEST_BODY:
            raise HTTPException(413)
        return message

    return counted


def _fault_of(body: bytes) -> Response | None:
    try:
        strict_json.loads(body)
    except strict_json.TooMuch as error:
        return problems.too_large(str(error))
    except strict_json.WrongValue as error:
        return problems.invalid([refusals.InvalidValue(error.words, field=error.path)])
    except strict_json.NotReadable as error:
        return problems.answer(refusals.NotJson(str(error), field="body"))
    return None


def _too_many_parameters() -> Response:
    detail = f"Send at most {MOST_PARAMETERS} parameters."
    return problems.invalid([refusals.InvalidValue(detail, field="query")])


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _takes_forms(path: str) -> bool:
    return path == "/contact" or path.startswith(("/account/", "/visit/"))
