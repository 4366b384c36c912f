"""The documents as tests read them: their tables, their fenced blocks, the commands they show."""

import re
import shlex
from pathlib import Path

import typer.main

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh.md")
MANUAL = (*READMES, "docs/spikes.md", "docs/inbox.md", "docs/notices.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a language, dedented, lines continued by a backslash joined."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text_of(name), re.M | re.S)
    dedented = ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]
    return [body.replace("\\\n", " ") for body in dedented]


def table(name: str, first: str) -> dict[str, list[str]]:
    """The table whose first column is headed so: its first cells without backticks, and the cells beside them."""
    lines = text_of(name).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = {}
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        cell, *others = (part.strip() for part in line.strip("|").split(" | "))
        assert cell not in rows, cell
        rows[cell.strip("`")] = others
    return rows


def head(name: str, english: str, chinese: str) -> str:
    return chinese if name.endswith("zh.md") else english


def commands() -> dict[str, typer.main.TyperCommand]:
    from monitor.cli.start import app

    def walk(command, path):
        if not hasattr(command, "commands"):
            return {" ".join(path): command}
        return {key: one for name, sub in command.commands.items() for key, one in walk(sub, (*path, name)).items()}

    return walk(typer.main.get_command(app), ())


def shown_commands() -> list[tuple[str, str]]:
    """Every `fengping ...` line of every document."""
    return [
        (name, line.strip())
        for name in MANUAL
        for block in blocks(name, "sh")
        for line in block.splitlines()
        if line.strip().startswith("fengping ")
    ]


def split(line: str) -> tuple[str, list[str]]:
    """A command line as the command's name and its arguments."""
    words = shlex.split(line)[1:]
    known = commands()
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    return name, words[len(name.split()) :]
