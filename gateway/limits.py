"""What reaches the routes at all: bodies of a bearable size, and in JSON."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import problems

LARGEST_BODY = 256 * 1024  # bytes


class _TooLarge(Exception):
    pass


class BodyLimits:
    """ASGI middleware that answers 413 and 415 before anything is parsed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > LARGEST_BODY:
            await _too_large()(scope, receive, send)
            return
        has_body = length != "0" or "transfer-encoding" in headers
        if has_body and not _is_json(headers.get("content-type", "")):
            detail = "Send JSON, with the header Content-Type: application/json."
            await problems.answer("unsupported_media_type", detail)(scope, receive, send)
            return
        received, begun = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLarge:
            if not begun:
                await _too_large()(scope, receive, send)


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _too_large() -> ASGIApp:
    detail = f"Send at most {LARGEST_BODY // 1024} kB."
    return problems.answer("body_too_large", detail)
