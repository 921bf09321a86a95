"""The house rules that a reader relies on, held by reading the source."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = ROOT / "components"
# What is mounted into pods is not part of the program.
MODULES = sorted(path for path in COMPONENTS.rglob("*.py") if COMPONENTS / "files" not in path.parents)
REHEARSAL = sorted((ROOT / "rehearsal").rglob("*.py"))
MAIN = ROOT / "__main__.py"

# Which rooms of `components/` a room may import besides itself; what is not named here is refused.
MAY_IMPORT = {
    "schema": set[str](),
    "settings": {"schema"},
    "kube": set[str](),
    "api": {"schema"},
    "from_settings": {"settings", "kube"},
    "record": set[str](),
    "data": {"settings", "kube", "from_settings", "record"},
    "application": {"schema", "settings", "kube", "from_settings", "data"},
    "outbound": {"settings", "kube", "data", "application"},
    "edge": {"settings", "kube", "from_settings", "application"},
    "operator": {"settings", "kube", "from_settings", "api"},
    "content": {"schema", "settings", "kube", "api", "record"},
    "guards": {"schema", "settings", "api", "content", "record"},
    "summary": set[str](),
    "fleet": {"settings", "content"},
    "helm": {"schema", "settings", "content"},
    "outputs": set[str](),
    "verify": {"settings", "kube", "from_settings", "application", "edge"},
    "monitoring": {"settings", "kube", "application", "edge", "operator"},
    "arguments": {"schema", "settings", "content"},
    "operation": {"settings", "kube", "data", "operator", "content", "outbound"},
    "forail": {
        "arguments",
        "schema", "settings", "kube", "from_settings", "data", "application", "edge", "operation", "content", "outputs",
        "verify", "record", "guards", "summary", "outbound", "monitoring",
    },
    "__main__": {"arguments", "settings", "content", "fleet", "forail"},
}  # fmt: skip
# The same within `components/content/`: from a file to a resource, to a catalog without a mistake, to the cluster.
CONTENT_MAY_IMPORT = {
    "problems": set[str](),
    "refusals": set[str](),
    "read": {"problems", "refusals"},
    "check": {"problems", "read"},
    "catalog": {"problems", "refusals", "read", "check"},
    "apply": {"problems", "read", "check", "catalog"},
    "declared": {"problems", "read", "check", "catalog"},
}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
# What depends on where and when the program runs; only settings and the entry point may ask.
AMBIENT = {"Config", "get_stack", "get_project", "get_organization", "StackReference", "environ", "getenv", "now"}
MAY_ASK = {"settings": AMBIENT, "fleet": {"StackReference"}}


def room(path: Path) -> str:
    """The folder under `components/`, or the module itself where it lies directly there."""
    return path.relative_to(COMPONENTS).parts[0].removesuffix(".py") if path.is_relative_to(COMPONENTS) else path.stem


def tree(path: Path) -> ast.Module:
    """The module's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def absolute(path: Path, node: ast.ImportFrom) -> str:
    """The module that is imported from. Inside the package every import is relative: it has another name there."""
    if not path.is_relative_to(COMPONENTS):
        return node.module or ""
    assert node.level or not (node.module or "").startswith("components"), f"{path}:{node.lineno}: write it relative"
    above = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
    return ".".join((*above, *filter(None, [node.module])))


def imported(path: Path, folder: str = "components") -> Iterator[str]:
    """Rooms of `folder`, a dotted name, that the module imports."""
    for node in ast.walk(tree(path)):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            module = absolute(path, node)
            names = [f"{module}.{alias.name}" for alias in node.names] if module == folder else [module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith(f"{folder}."):
                yield name.removeprefix(f"{folder}.").partition(".")[0]


def component_classes() -> list[tuple[Path, ast.ClassDef]]:
    """Every component of the program."""
    found = [
        (path, node)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith("ComponentResource") for base in node.bases)
    ]
    assert len(found) > 10, "the components are not where this test looks for them"
    return found


def constructor(component: ast.ClassDef) -> ast.FunctionDef:
    """Its `__init__`."""
    return next(node for node in component.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")


def called(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement consists of."""
    return statement.value if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None


EVERY_COMPONENT = [pytest.param(node, id=node.name) for _, node in component_classes()]


@pytest.mark.parametrize("path", [*MODULES, MAIN], ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = room(path)
    if own == "__init__":
        return
    assert own in MAY_IMPORT, f"{own} is a new room: say in MAY_IMPORT what it may import"
    wrong = set(imported(path)) - {own} - MAY_IMPORT[own]
    assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}; {own} may import {sorted(MAY_IMPORT[own])}"


CONTENT = COMPONENTS / "content"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if CONTENT in path.parents and path != CONTENT / "__init__.py"],
    ids=lambda path: str(path.relative_to(CONTENT)),
)
def test_content_is_read_then_checked_then_applied(path: Path) -> None:
    own = path.relative_to(CONTENT).parts[0].removesuffix(".py")
    wrong = set(imported(path, "components.content")) - {own} - CONTENT_MAY_IMPORT[own]
    assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}; {own} may import what CONTENT_MAY_IMPORT says"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_settings_ask_where_they_run(path: Path) -> None:
    named = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    asked = named & AMBIENT - MAY_ASK.get(room(path), set[str]())
    assert not asked, f"{path.relative_to(ROOT)} uses {sorted(asked)}: components get values from their arguments"


@pytest.mark.parametrize("path", [*MODULES, *REHEARSAL, MAIN], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_idea(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    limit = 47 if path == MAIN else 300
    assert lines <= limit, f"{path.relative_to(ROOT)} has {lines} lines"
    assert path.stem not in BANNED_NAMES, f"{path.stem} says nothing about what is inside"
    if lines:
        assert ast.get_docstring(tree(path)), f"{path.relative_to(ROOT)} does not say what it is"


def test_no_folder_is_a_drawer() -> None:
    folders = {part for path in MODULES for part in path.relative_to(COMPONENTS).parts[:-1]}
    assert not folders & BANNED_NAMES


def test_no_class_name_stands_for_two_things() -> None:
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", [path for path in MODULES if room(path) == "schema"], ids=lambda path: path.stem)
def test_the_ground_room_knows_no_pulumi(path: Path) -> None:
    assert re.search(r"^\s*(import|from) pulumi", path.read_text(encoding="utf-8"), re.MULTILINE) is None


def test_type_tokens_are_literal_and_unique() -> None:
    tokens: Counter[str] = Counter()
    for path, component in component_classes():
        first = called(constructor(component).body[0])
        assert first is not None, f"{component.name} does not begin with super().__init__"
        assert ast.unparse(first.func) == "super().__init__", f"{component.name} does not begin with super().__init__"
        token = first.args[0]
        assert isinstance(token, ast.Constant), f"{path.name}: the token of {component.name} is not a literal"
        assert re.fullmatch(r"forail:[a-z]+:[A-Z][A-Za-z]+", str(token.value)), f"{token.value} is not a type token"
        assert str(token.value).rpartition(":")[2] == component.name, f"{component.name} calls itself {token.value}"
        tokens[str(token.value)] += 1
    assert not [token for token, times in tokens.items() if times > 1]


@pytest.mark.parametrize("component", EVERY_COMPONENT)
def test_a_component_takes_name_args_and_options_and_sends_no_property(component: ast.ClassDef) -> None:
    init = constructor(component)
    parameters = [argument.arg for argument in init.args.args]
    assert parameters == ["self", "name", "args", "opts"]
    annotations = [ast.unparse(argument.annotation) for argument in init.args.args[1:] if argument.annotation]
    assert annotations == ["str", f"{component.name}Args", "pulumi.ResourceOptions | None"]
    first = called(init.body[0])
    assert first is not None
    # Properties of a component travel to the engine as they are: a secret among them would be in clear.
    assert [ast.unparse(argument) for argument in first.args[1:]] == ["name", "None", "opts"]


@pytest.mark.parametrize("component", EVERY_COMPONENT)
def test_a_component_registers_its_outputs_once_and_last(component: ast.ClassDef) -> None:
    last = called(constructor(component).body[-1])
    assert last is not None, f"{component.name}.__init__ ends with something else"
    assert ast.unparse(last.func) == "self.register_outputs", f"{component.name}.__init__ ends with something else"
    calls = [
        node for node in ast.walk(component) if isinstance(node, ast.Attribute) and node.attr == "register_outputs"
    ]
    assert len(calls) == 1


@pytest.mark.parametrize("component", EVERY_COMPONENT)
def test_a_component_says_what_it_creates(component: ast.ClassDef) -> None:
    assert "Creates:" in (ast.get_docstring(component) or ""), f"{component.name} does not list what it creates"


@pytest.mark.parametrize("component", EVERY_COMPONENT)
def test_only_super_sees_the_callers_options(component: ast.ClassDef) -> None:
    # Merged into a child, the caller's parent would win over this component.
    uses = [node for node in ast.walk(constructor(component)) if isinstance(node, ast.Name) and node.id == "opts"]
    assert len(uses) == 1, f"{component.name} uses opts beyond super().__init__"


def test_every_component_has_a_test_file() -> None:
    modules = {
        path
        for path, _ in component_classes()
        if path.parent.name in ("data", "application", "edge", "kube", "operator", "verify")
    }
    missing = [
        f"{path.parent.name}/test_{path.name}"
        for path in sorted(modules)
        if not (ROOT / "tests" / "unit" / path.parent.name / f"test_{path.name}").exists()
    ]
    assert not missing, "write one for each, under tests/unit"


@pytest.mark.parametrize("path", [*MODULES, *REHEARSAL, MAIN], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_fits_a_screen(path: Path) -> None:
    functions = (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    long = [node.name for node in functions if (node.end_lineno or node.lineno) - node.lineno >= 60]
    assert not long, f"{path.relative_to(ROOT)}: {long} have more than 60 lines"


def test_one_component_sees_the_whole_stack_file() -> None:
    holders = {
        path.relative_to(COMPONENTS).as_posix()
        for path in MODULES
        if room(path) != "settings" and "StackFile" in {getattr(node, "id", "") for node in ast.walk(tree(path))}
    }
    # The root takes it apart; the others are functions, which read it before anything is declared.
    assert holders == {"arguments.py", "forail.py", "fleet.py", "content/declared.py", "guards/declaration.py"}
