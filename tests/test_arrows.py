"""Who may import whom. An arrow that is not drawn here is refused, also inside a function."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("collectors", "models", "analyzers", "storage", "monitor", "dashboard")
COMMON = ("errors", "settings")
ALLOWED: dict[str, tuple[str, ...]] = {
    "collectors": (),
    "models": (),
    "analyzers": ("models",),
    "storage": ("collectors.records", "analyzers.records"),
    "monitor": ("collectors", "analyzers", "storage"),
    "dashboard": ("storage", "analyzers"),
}


def imports(path: Path) -> set[str]:
    """Every module a file imports, at any depth; `from a import b` gives `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def crosses(room: str, module: str) -> bool:
    """Whether an import leaves the room by an arrow that is not drawn."""
    top = module.split(".")[0]
    if top not in ROOMS or top == room:
        return False
    return not any(module == arrow or module.startswith(arrow + ".") or arrow.startswith(module + ".")
                   for arrow in ALLOWED[room])  # fmt: skip


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_along_its_arrows(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files(room)
        for module in imports(path)
        if crosses(room, module)
    }
    assert files(room)
    assert not wrong


def test_only_the_dashboard_imports_streamlit() -> None:
    elsewhere = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        if room != "dashboard"
        for path in files(room)
        if any(module.split(".")[0] == "streamlit" for module in imports(path))
    ]
    assert not elsewhere


def test_what_belongs_to_everyone_imports_no_room() -> None:
    for name in COMMON:
        assert not {module.split(".")[0] for module in imports(ROOT / f"{name}.py")} & set(ROOMS)


def test_a_forbidden_arrow_is_seen() -> None:
    assert crosses("analyzers", "storage.mentions")
    assert crosses("storage", "analyzers.text")
    assert crosses("collectors", "dashboard")
    assert not crosses("storage", "analyzers.records.Reading")
    assert not crosses("storage", "analyzers.records")
    assert not crosses("monitor", "storage.engine")
