"""`fengping case`: what rang, and who works on it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from monitor.cli.common import emit, existing_file, moment, tell, workspace
from monitor.plain import several

app = typer.Typer(help="What rang, and who works on it.", no_args_is_help=True)


@app.callback()
def cases() -> None:
    """What rang, and who works on it."""


@app.command("list")
def list_cases(
    status: Annotated[
        str, typer.Option("--status", help="open, acknowledged or resolved; without, those not resolved and the rest.")
    ] = "",
    since: Annotated[str, typer.Option("--since", help="Begun since then, as 2026-11-01 or 30d.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """The cases, newest first.

    \b
    Example:
      fengping case list --status open --json
    """
    from errors import InputError
    from storage.cases import list_cases as stored_cases

    if status not in ("", "open", "acknowledged", "resolved"):
        raise InputError(f"there is no status '{status}'; choose open, acknowledged or resolved")
    earliest = moment(since) if since else None
    with workspace() as (_, store), store.read() as tx:
        found = [_as_object(case) for case in stored_cases(tx, status=status or None, since=earliest)]
    for case in found:
        emit(case) if as_json else tell(
            f"{case['id']}  {case['level']}  {case['status']}  {_named(case)}; {several(case['mentions'], 'mention')}"
        )
    if not found and not as_json:
        tell("no case")


@app.command()
def recount(
    mentions: Annotated[Path, typer.Option("--mentions", help="A case's export, as CSV.")],
    counts: Annotated[Path, typer.Option("--counts", help="The hourly counts behind one of its rules.")],
    as_json: Annotated[bool, typer.Option("--json", help="Every figure, as one JSON object.")] = False,
) -> None:
    """A case's figures and sentences again, from its two exported files alone. Needs no store.

    \b
    Example:
      fengping case recount --mentions fengping-case-7.csv --counts fengping-case-7-counts-1.csv
    """
    from analyzers.explain import in_words
    from analyzers.explain import recount as recounted
    from settings import get_settings

    found = recounted(existing_file(mentions), existing_file(counts))
    if as_json:
        emit({**asdict(found.facts), "level": found.graded.figures})
        return
    zone = ZoneInfo(get_settings().timezone)
    for lang in ("en", "zh"):
        tell(in_words(found.facts, lang, zone))
    tell(", ".join(f"{name} {figure:.6g}" for name, figure in found.graded.figures.items()))


def _named(case: dict[str, Any]) -> str:
    """Its title, which names the brand unless a person chose it."""
    title, brand = case["title"], case["brand"]
    return str(title) if brand in title else f"{brand}: {title}"


def _as_object(case: Any) -> dict[str, Any]:
    names = (
        "id", "brand", "title", "level", "status", "owner", "department", "start_at", "end_at", "opened_at",
        "acknowledged_at", "responded_at", "resolved_at", "verdict", "mentions",
    )  # fmt: skip
    return {name: getattr(case, name) for name in names}
