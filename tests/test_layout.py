"""What the folders promise: direction, no cycles, declared dependencies, names, no local paths."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("schemas", "builders", "training", "curate")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "builders": {"schemas", "builders"},
    "training": {"schemas", "training"},
    "curate": set(OURS),
}
# Distributions whose import name is not their own.
IMPORT_NAMES = {
    "duckdb": "duckdb",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
}
# torchcodec needs torch, and chat templates need jinja2; neither says so itself.
ONLY_DECLARED = {"torch", "jinja2"}
# Calls that import the module named by their first argument.
BY_NAME = {"importlib.import_module", "import_module", "module"}
# Development tools that are run and not imported.
RUN_ONLY = {"pytest-xdist", "pytest-timeout", "mypy", "ruff", "build"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}


@cache
def files(folder: str) -> tuple[Path, ...]:
    return tuple(sorted((ROOT / folder).rglob("*.py")))


@cache
def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, in functions and by name (`import_module`) too."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(name for node in ast.walk(tree) for name in _imported(node))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in BY_NAME:
        yield from (str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant))


def top(module: str) -> str:
    return module.partition(".")[0]


def modules() -> dict[str, Path]:
    return {module_of(path): path for folder in OURS for path in files(folder)}


def test_the_checks_below_see_imports_of_every_kind() -> None:
    tree = ast.parse(
        "import a.b\nfrom c import d\ndef f():\n    import e\n    importlib.import_module('g')\n"
    )
    seen = {name for node in ast.walk(tree) for name in _imported(node)}
    assert seen == {"a.b", "c.d", "e", "g"}
    assert "builders.reading.read_csv" in imports(ROOT / "builders/nextgqa.py")


@pytest.mark.parametrize("folder", OURS)
def test_imports_go_one_way(folder: str) -> None:
    wrong = {
        (module_of(path), name)
        for path in files(folder)
        for name in imports(path)
        if top(name) in OURS and top(name) not in MAY_IMPORT[folder]
    }
    assert not wrong


def test_no_module_imports_itself_round_about() -> None:
    known = modules()
    needs = {
        module: {_module_named(name, known) for name in imports(path)} - {"", module}
        for module, path in known.items()
    }
    assert {"schemas.record", "schemas.errors"} <= needs["schemas.source"]
    assert not [module for module in needs if module in _reached(module, needs)]


def _reached(start: str, needs: dict[str, set[str]]) -> set[str]:
    """Every module that importing `start` imports, `start` itself only where it comes round."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        new = needs[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def _module_named(name: str, known: dict[str, Path]) -> str:
    """`builders.reading.read_csv` -> `builders.reading`; "" for what is not ours."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


# Dependencies -----------------------------------------------------------------------------------


def declared() -> dict[str, set[str]]:
    """Distributions by where they are declared: `core`, each extra, and `dev`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"core": project["dependencies"], **project["optional-dependencies"]}
    found = {group: {_distribution(line) for line in lines} for group, lines in groups.items()}
    return {group: names - {project["name"]} for group, names in found.items()}


def _distribution(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return name.group().lower()


def import_name(distribution: str) -> str:
    return IMPORT_NAMES.get(distribution, distribution.replace("-", "_"))


def third_party(*folders: str) -> set[str]:
    names = {top(name) for folder in folders for path in files(folder) for name in imports(path)}
    ours = {*OURS, "tests", "benchmarks"}
    return {name for name in names if name not in sys.stdlib_module_names | ours | {"_typeshed"}}


def test_every_import_is_declared_and_every_declaration_is_imported() -> None:
    groups = declared()
    dev = groups.pop("dev")
    runtime = {import_name(name) for names in groups.values() for name in names}
    imported = third_party(*OURS)
    assert imported <= runtime
    assert runtime - imported <= ONLY_DECLARED
    for_tests = runtime | {import_name(name) for name in dev - RUN_ONLY}
    assert third_party("tests", "benchmarks") <= for_tests
    assert {import_name(name) for name in dev - RUN_ONLY} <= third_party("tests", "benchmarks")


def test_records_are_read_with_the_light_core_alone() -> None:
    core = {import_name(name) for name in declared()["core"]}
    assert third_party("builders") <= core
    assert third_party("schemas") <= core | {"math_verify"}, "one answer type asks for its extra"


def test_all_is_every_extra_that_needs_no_compiler_or_library() -> None:
    groups = declared()
    assert groups["all"] == set(), "`all` names our own extras only"


# Names and paths --------------------------------------------------------------------------------


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {part for module in modules() for part in module.split(".")}
    assert not parts & VAGUE


def test_every_package_is_marked_typed_and_has_its_docstring() -> None:
    for folder in OURS:
        assert (ROOT / folder / "py.typed").is_file()
    bare = [
        module
        for module, path in modules().items()
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not bare


def written() -> Iterator[Path]:
    """Every text of the project."""
    folders = [*OURS, "tests", "docs", "benchmarks", "cards", "constraints", ".ci"]
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def test_no_file_holds_a_path_of_somebody_s_machine() -> None:
    homes = re.compile(rb"(?<![\w.~>-])/(?:work|root|home|Users)/\w")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]!r}"
        for path in written()
        for line in path.read_bytes().splitlines()
        if homes.search(line)
    ]
    assert not found
    assert homes.search(b'open("/' + b'root/x.json")')
