"""Each service of `docker-compose.yml` is handed every setting that its code reads."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from run.discovery import service_names
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSED = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
RUN_BY_EVERY_SERVICE = {"run.serve", "run.migrate", "shared.bus.amqp"}


def read_in(path: Path) -> set[str]:
    """Names of settings that a module reads from something called settings."""
    read = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in Settings.model_fields:
            held = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if held.strip("_") in ("settings", "known"):
                read.add(node.attr)
    return read


def shared_modules(code: str) -> set[str]:
    """Modules of `shared` that the source `code` imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "shared":
            found |= {node.module or "", *(f"{node.module}.{each.name}" for each in node.names)}
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.startswith("shared.")}
    return found


def settings_of(name: str) -> set[str]:
    """Return the settings that process `name` reads, in its own code and in its imports from `shared`."""
    folder = ROOT / ("gateway" if name == "gateway" else f"services/{name}")
    own = list(folder.rglob("*.py"))
    modules = set() if name == "gateway" else set(RUN_BY_EVERY_SERVICE)
    for path in own:
        modules |= shared_modules(path.read_text())
    shared = [path for each in modules if (path := ROOT / f"{each.replace('.', '/')}.py").exists()]
    return {name for path in (*own, *shared) for name in read_in(path)}


def handed_to(name: str) -> set[str]:
    given = COMPOSED[name]["environment"]
    return {each.removeprefix("HC_").lower() for each in given if each.startswith("HC_")}


@pytest.mark.parametrize("name", ["gateway", *service_names()])
def test_every_setting_that_is_read_is_handed_over(name: str) -> None:
    read = settings_of(name)
    assert {"amqp_uri", "log_level"} <= read
    assert read <= handed_to(name)


def test_what_is_handed_over_is_a_setting() -> None:
    for name in ("gateway", *service_names()):
        assert handed_to(name) <= Settings.model_fields.keys()


def test_what_an_operator_may_set_reaches_the_setting_of_that_name() -> None:
    """`HC_A: ${HC_B:-}` would be a slip that nothing else notices."""
    for name in ("gateway", *service_names()):
        for setting, value in COMPOSED[name]["environment"].items():
            outside = re.fullmatch(r"\$\{(HC_\w+):-.*\}", str(value), re.DOTALL)
            assert outside is None or outside[1] == setting


def test_every_setting_is_read_somewhere() -> None:
    code = [
        path
        for each in ("gateway", "services", "shared", "run", "deploy")
        for path in (ROOT / each).rglob("*.py")
    ]
    assert {each for path in code for each in read_in(path)} >= Settings.model_fields.keys()
