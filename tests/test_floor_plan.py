"""The rules that keep the house standing, which no linter states (docs/floor-plan.md)."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pathspec
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PACKAGES = ("data", "stages", "sft", "pipelines", "flows")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

FORBIDDEN = {
    r"import (pickle|cloudpickle|dill|marshal|shelve|joblib)\b": "reading one runs what it holds",
    r"(eval|exec|compile|__import__)\(": "text must never become code",
    r"(\w+\.)*(sympify|parse_expr)\(": "SymPy's readers eval their text",
    r"torch\.load\((?!.*weights_only=True)": "a pickle; weights are safetensors",
    r"(np|numpy)\.load\(.*allow_pickle=(?!False)": "a pickle",
    r"yaml\.(unsafe|full)_load(_all)?\(|yaml\.load.*yaml\.(Unsafe|Full)?Loader": "makes any object a file names",
    r".*trust_remote_code=(?!False)": "runs code from a Hub repository",
    r".*\bshell=(?!False)|os\.(system|popen)\(": "a shell reads names and paths as commands",
}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = [Requirement(text) for texts in (PROJECT["dependencies"], *EXTRAS.values()) for text in texts]
DECLARED = {asked.name.lower().replace("-", "_") for asked in ASKED}


WHOLE = {"field", "real"}
"""Folders of tests that try the product as a whole: on cases of users, on a real model."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_the_name(package: str) -> None:
    owners = set(packages_distributions().get(package, []))

    assert owners <= {"varicot"}, f"{owners} would hide our {package}/"


def test_import_contracts_hold() -> None:
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    told = subprocess.run([*lint, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr


def test_no_flow_bears_the_name_of_a_package() -> None:
    flows = {path.stem for path in (ROOT / "flows").rglob("*.py")}

    assert not flows & set(PACKAGES)


def test_no_module_bears_the_name_of_a_dependency() -> None:
    modules = {path.stem: named(path) for path in SOURCES} | {path.parent.name: named(path) for path in SOURCES}

    assert {modules[name] for name in modules.keys() & (DECLARED | {"yaml"})} == set()


def test_what_is_imported_is_declared() -> None:
    owners = packages_distributions()
    spelled = [spelling for path in SOURCES for _, spelling in spellings(ast.parse(path.read_text("utf-8")))]
    imported = {spelling.split()[1].split(".")[0] for spelling in spelled if spelling.startswith("import ")}
    foreign = imported - set(sys.stdlib_module_names) - set(PACKAGES)

    undeclared = {
        name: owners.get(name)
        for name in foreign
        if not DECLARED & {owner.lower().replace("-", "_") for owner in owners.get(name, [name])}
    }

    assert undeclared == {}


@pytest.mark.parametrize("package", sorted({path.parent for path in SOURCES}), ids=named)
def test_a_package_is_a_docstring(package: Path) -> None:
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))

    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_no_test_folder_is_a_package() -> None:
    assert [named(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in (ROOT / "tests").rglob("test_*.py")}), ids=named)
def test_test_folders_mirror_the_packages_or_try_the_whole(folder: Path) -> None:
    place = folder.relative_to(ROOT / "tests")

    assert WHOLE.intersection(place.parts[:1]) or (ROOT / place).is_dir()


def test_what_tries_the_whole_product_bears_no_name_of_a_folder() -> None:
    assert [name for name in WHOLE if (ROOT / name).exists()] == []


def test_git_and_ray_take_the_sources_and_leave_the_rest() -> None:
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text("utf-8").splitlines())

    assert [named(path) for path in SOURCES if ignored.match_file(named(path))] == []
    assert ignored.match_file("runs/demo/manifest.json")
    assert ignored.match_file(".venv/bin/python")


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_runs_what_it_reads(path: Path) -> None:
    found = [
        f"line {line}: {spelling}: {reason}"
        for line, spelling in spellings(ast.parse(path.read_text("utf-8")))
        for pattern, reason in FORBIDDEN.items()
        if re.match(pattern, spelling)
    ]

    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from dill import loads",
        "import pickle as p",
        "eval(text)",
        "sympy.sympify(reply)",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.load(text, yaml.FullLoader)",
        "AutoModel.from_pretrained(name, trust_remote_code=trusted)",
        "subprocess.run(text, check=True, shell=True)",
        "os.system(text)",
    ],
)
def test_the_gate_sees(code: str) -> None:
    seen = [spelling for _, spelling in spellings(ast.parse(code))]

    assert any(re.match(pattern, spelling) for spelling in seen for pattern in FORBIDDEN)


def spellings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every import and every call as its line and one canonical spelling."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"import {alias.name}") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, f"import {node.module}"
        elif isinstance(node, ast.Call):
            yield node.lineno, " ".join(ast.unparse(node).split())
