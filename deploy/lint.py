"""An import-linter contract for modules that hold rules: what they may import, and what they may call."""

import ast
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.imports import ModuleExpression

PURE_MODULES = {
    *{"abc", "bisect", "collections", "contextlib", "dataclasses", "datetime", "decimal", "enum"},
    *{"fractions", "functools", "heapq", "itertools", "math", "operator", "re", "string", "types"},
    *{"typing", "unicodedata", "uuid", "zoneinfo"},
}
IMPURE_CALLS = {"now", "utcnow", "today", "time_ns", "monotonic", "uuid1", "uuid4", "open", "print"}


class PlainModules(Contract):
    """`modules` import only what is pure in the standard library, each other and `allowed`.

    They do not reach for a clock, for chance or for files: those are arguments.
    """

    modules = fields.ListField(subfield=fields.ModuleExpressionField())
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        expressions: list[ModuleExpression] = list(self.modules)  # type: ignore[call-overload]
        roots = {name for each in expressions for name in _matching(graph, each)}
        faults = [
            fault
            for name in sorted(graph.modules)
            if any(_within(name, root) for root in roots)
            for fault in [*self._imports(graph, name, roots), *_impure(name)]
        ]
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for fault in check.metadata["faults"]:
            output.print_error(fault)

    def _imports(self, graph: ImportGraph, name: str, roots: set[str]) -> list[str]:
        also: list[str] = list(self.allowed)  # type: ignore[call-overload]
        allowed = [*also, *(root for root in roots if _within(name, root))]
        return [
            f"{name} imports {other}"
            for other in sorted(graph.find_modules_directly_imported_by(name))
            if not any(_within(other, each) for each in allowed) and other not in PURE_MODULES
        ]


def _matching(graph: ImportGraph, expression: ModuleExpression) -> set[str]:
    return {str(name) for name in graph.find_matching_modules(str(expression))}


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _impure(name: str) -> list[str]:
    path = Path(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    called = (node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
    names = (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in called)
    return [f"{name} calls {each}()" for each in names if each in IMPURE_CALLS]
