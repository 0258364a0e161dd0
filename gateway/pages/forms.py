"""Forms that work without scripts, and say beside the field what is wrong with it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.responses import HTMLResponse

from gateway.pages import rendering
from gateway.problems import PROBLEMS
from shared.contracts.refusals import Refused

HIDDEN = ("token", "device_id", "key")


class Form(NamedTuple):
    """The form at the address `/{path}`, which is also its template; `fields` are what people fill in."""

    path: str
    fields: tuple[str, ...] = ()

    def page(self, values: Mapping[str, Any] | None = None, **more: Any) -> HTMLResponse:
        """Show the form; those of `values` that are `HIDDEN` are sent along unseen."""
        values = values or {}
        hidden = {name: values[name] for name in HIDDEN if values.get(name)}
        return rendering.page(self.path, action=f"/{self.path}", hidden=hidden, values=values, **more)

    def again(self, values: Mapping[str, Any], error: Refused | ValidationError) -> HTMLResponse:
        """Show the form as it was sent, and its faults; raises `error` if no field of it is at fault."""
        faults = _faults(error)
        if not faults.keys() & set(self.fields):
            raise error
        status = PROBLEMS[error.code][0] if isinstance(error, Refused) else 422
        return self.page(values, status=status, faults=faults)

    def done(self, **values: Any) -> HTMLResponse:
        """Show the page that follows the form."""
        return rendering.page(f"{self.path}-done", **values)


def _faults(error: Refused | ValidationError) -> dict[str, str]:
    """Return the name of each field at fault → the message beside it."""
    if isinstance(error, Refused):
        return {error.field: error.detail} if error.field else {}
    return {
        str(each["loc"][0]): _words(each["type"], each.get("ctx", {}).get("max_length"))
        for each in error.errors(include_input=False)
    }


def _words(kind: str, longest: int | None) -> str:
    if kind == "string_too_short":
        return "Fill this in."
    if kind == "string_too_long":
        return f"Write at most {longest} characters."
    if kind == "literal_error":
        return "Choose one of these."
    if kind == "value_error":
        return "Enter an e-mail address such as anna@example.org."
    return "Remove the control characters."
