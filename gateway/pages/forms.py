"""Forms that work without scripts, and say beside the field what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from pydantic import ValidationError
from starlette.responses import HTMLResponse

from gateway.pages import layout
from gateway.problems import PROBLEMS
from shared.contracts.refusals import Refused


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing to fill in; with `choices` (value → what people read) one to choose."""

    name: str
    label: str
    kind: Literal["text", "email", "password", "prose"] = "text"
    longest: int = 254
    hint: str = ""
    autocomplete: str = "off"
    required: bool = True
    choices: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """A page with one form; `intro` is Markdown's HTML, `hidden` names what is sent along unseen."""

    title: str
    action: str
    button: str
    intro: str = ""
    fields: tuple[Field, ...] = ()
    hidden: tuple[str, ...] = ()

    def page(self, values: Mapping[str, str] | None = None) -> HTMLResponse:
        """The form, filled in with `values`."""
        return layout.page(self.title, self._html(values or {}, {}))

    def again(self, values: Mapping[str, str], error: Refused | ValidationError) -> HTMLResponse:
        """The form as it was sent, with what was wrong; raises `error` where no field of it is at fault."""
        faults = _faults(error)
        if not faults.keys() & {each.name for each in self.fields}:
            raise error
        status = PROBLEMS[error.code][0] if isinstance(error, Refused) else 422
        return layout.page(self.title, self._html(values, faults), status=status)

    def inside(self, values: Mapping[str, str]) -> str:
        """Its HTML, for a page that shows more than the form."""
        return self._html(values, {})

    def _html(self, values: Mapping[str, str], faults: Mapping[str, str]) -> str:
        alert = '<p role="alert">It was not sent: see what is marked below.</p>' if faults else ""
        hidden = (
            f'<input type="hidden" name="{name}" value="{escape(values.get(name, ""))}">'
            for name in self.hidden
        )
        fields = (_drawn(each, values.get(each.name, ""), faults.get(each.name)) for each in self.fields)
        inside = "\n".join((*hidden, *fields, f'<button type="submit">{escape(self.button)}</button>'))
        return f'{self.intro}\n{alert}\n<form method="post" action="{self.action}">\n{inside}\n</form>'


def _drawn(field: Field, value: str, fault: str | None) -> str:
    name = field.name
    hint = f'<p class="hint" id="{name}-hint">{escape(field.hint)}</p>' if field.hint else ""
    wrong = f'<p class="fault" id="{name}-fault">{escape(fault)}</p>' if fault else ""
    described = " ".join(f"{name}-{kind}" for kind, there in (("hint", hint), ("fault", wrong)) if there)
    attributes = f'id="{name}" name="{name}"'
    attributes += f' aria-describedby="{described}"' if described else ""
    attributes += ' aria-invalid="true"' if fault else ""
    attributes += " required" if field.required else ""
    label = f'<label for="{name}">{escape(field.label)}</label>'
    return f'<div class="field">{label}{hint}{wrong}{_control(field, value, attributes)}</div>'


def _control(field: Field, value: str, attributes: str) -> str:
    if field.choices is not None:
        return f"<select {attributes}>{_options(field.choices, value)}</select>"
    attributes += f' maxlength="{field.longest}" autocomplete="{field.autocomplete}"'
    if field.kind == "prose":
        return f"<textarea {attributes}>\n{escape(value)}</textarea>"
    shown = "" if field.kind == "password" else f' value="{escape(value)}"'
    return f'<input type="{field.kind}" {attributes}{shown}>'


def _options(choices: Mapping[str, str], chosen: str) -> str:
    options = {"": "Choose one"} | dict(choices)
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in options.items()
    )


def _faults(error: Refused | ValidationError) -> dict[str, str]:
    """Name of the field → what people are told."""
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
        return "Give an e-mail address such as anna@example.org."
    return "Write this without control characters."
