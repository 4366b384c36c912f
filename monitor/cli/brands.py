"""`fengping brand`: what is watched."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import InputError
from monitor.cli.common import emit, now, progress, say, tell, workspace
from monitor.cli.following import bring_back, follow
from monitor.plain import clean, several

if TYPE_CHECKING:
    from collectors.records import Brand
    from storage.engine import Tx

app = typer.Typer(help="What is watched: names, aliases in any script, words that exclude.", no_args_is_help=True)

Steps = Annotated[bool, typer.Option("--progress", help="JSON objects with step, done and total as it goes.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The brand's name; it is looked for in texts.")],
    alias: Annotated[list[str], typer.Option("--alias", help="Another name, in any script. Repeatable.")] = [],  # noqa: B006
    exclude: Annotated[list[str], typer.Option("--exclude", help="A text with this word is not about it.")] = [],  # noqa: B006
    require: Annotated[list[str], typer.Option("--require", help="A text must hold this word too.")] = [],  # noqa: B006
    competitor: Annotated[bool, typer.Option("--competitor", help="Watched to compare with.")] = False,
    as_json: Json = False,
) -> None:
    """Watch a brand.

    A Latin name is found as a word, a Chinese one anywhere; traditional and full-width forms are the same name.

    \b
    Examples:
      fengping brand add 苹果 --alias Apple --alias iPhone --exclude 苹果汁
      fengping brand add "SK-II" --alias 神仙水 --competitor
    """
    from storage import brands

    with workspace() as (_, store), store.begin() as tx:
        brand = brands.add_brand(
            tx,
            _word(name),
            aliases=_words(alias),
            excludes=_words(exclude),
            requires=_words(require),
            competitor=competitor,
            now=now(),
        )
        same = _same_names(brand, brands.list_brands(tx))
    found = as_object(brand, mentions=0)
    emit(found) if as_json else tell(f"brand {brand.id} added: {brand.name}")
    for other in same:
        say(f"note: brand {other.id}, {other.name}, answers to the same name; a mention of it is read for both")


@app.command("list")
def list_brands(as_json: Json = False) -> None:
    """The brands that are watched, with how many mentions each has.

    \b
    Example:
      fengping brand list --json
    """
    from storage import brands

    with workspace() as (_, store), store.read() as tx:
        counts = brands.brand_counts(tx)
        found = [as_object(brand, mentions=counts.get(brand.id, 0)) for brand in brands.list_brands(tx)]
    for brand in found:
        emit(brand) if as_json else tell(_in_words(brand))
    if not found and not as_json:
        tell("no brand yet; add one with: fengping brand add NAME --alias ANOTHER")


@app.command("edit")
def edit(
    name: Annotated[str, typer.Argument(help="Name or id; #3 is always the id.")],
    rename: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
    alias: Annotated[list[str] | None, typer.Option("--alias", help="The aliases from now on.")] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", help="The excluded words from now on.")] = None,
    require: Annotated[list[str] | None, typer.Option("--require", help="The required words from now on.")] = None,
    competitor: Annotated[bool | None, typer.Option("--competitor/--own", help="Competitor, or our own.")] = None,
    as_json: Json = False,
    steps: Steps = False,
) -> None:
    """Change a brand. A list that is given replaces the old one, "" empties it; stored mentions are matched again.

    Ended in the middle, it is finished by the monitor. What goes is kept for 30 days and comes back, with all that people
    did to it, when the brand names it again.

    \b
    Example:
      fengping brand edit 苹果 --alias Apple --alias iPhone --alias 果子
    """
    from monitor.brand_trial import diff_lines, try_brand
    from monitor.upkeep import follow_brand
    from storage import brands

    changes = _changes(rename, alias, exclude, require, competitor)
    with workspace() as (_, store):
        with store.read() as tx:  # says which and why; those that went are out of sight after
            before = find_brand(tx, name)
            trial = try_brand(tx, replace(before, **changes), instead_of=before.id)
        with store.begin() as tx:
            brand = brands.update_brand(tx, before.id, **changes)
        with progress("matching", as_json=steps) as told:
            came, went = follow_brand(store, brand.id, now=now(), told=told)
    if as_json:
        said = trial.as_object()
        moved = {key: said[key] for key in ("came_mentions", "went_mentions")}
        emit({"id": brand.id, "name": brand.name, "came": came, "went": went, **moved})
        return
    tell(f"brand {brand.id} changed: {brand.name}; {several(came, 'stored mention')} came, {went} went")
    for text in diff_lines(trial):
        tell(text)


def _changes(
    rename: str | None,
    alias: list[str] | None,
    exclude: list[str] | None,
    require: list[str] | None,
    competitor: bool | None,
) -> dict[str, Any]:
    """What was given of all that. Raises InputError when nothing was."""
    given: dict[str, Any] = {
        "name": _word(rename) if rename is not None else None,
        "aliases": _words_given(alias),
        "excludes": _words_given(exclude),
        "requires": _words_given(require),
        "competitor": competitor,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise InputError("nothing to change; give --name, --alias, --exclude, --require or --competitor")
    return changes


@app.command("try")
def try_out(
    name: Annotated[str, typer.Argument(help="The name to look for.")],
    alias: Annotated[list[str], typer.Option("--alias", help="Another name. Repeatable.")] = [],  # noqa: B006
    exclude: Annotated[list[str], typer.Option("--exclude", help="A text with this word is not about it.")] = [],  # noqa: B006
    require: Annotated[list[str], typer.Option("--require", help="A text must hold this word too.")] = [],  # noqa: B006
    instead_of: Annotated[str, typer.Option("--instead-of", help="The brand this would change, by name or id.")] = "",
    source: Annotated[list[int], typer.Option("--source", help="Ask this source now, too, by id. Repeatable.")] = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Say which mentions a brand would match, and why: what is stored and, with --source, what a source gives now.

    Nothing is changed. A source is asked once, as if it were for this brand alone.

    \b
    Examples:
      fengping brand try 苹果 --alias Apple --exclude 苹果汁
      fengping brand try 苹果 --alias 果子 --instead-of 苹果 --source 3
    """
    from collectors.records import Brand
    from monitor.brand_trial import in_lines, judge_live, try_brand
    from monitor.cli.sources import get_record
    from monitor.trying import try_stored

    wanted = Brand(0, _word(name), _words(alias), _words(exclude), _words(require))
    with workspace() as (settings, store):
        with store.read() as tx:
            trial = try_brand(tx, wanted, instead_of=find_brand(tx, instead_of).id if instead_of else None)
            asked = [get_record(tx, number) for number in dict.fromkeys(source)]
        live = [judge_live(try_stored(record, wanted, settings=settings, now=now()), wanted) for record in asked]
    trial = replace(trial, live=tuple(live))
    if as_json:
        emit(trial.as_object())
    else:
        for text in in_lines(trial):
            tell(text)
    if any(one.error for one in live):
        raise typer.Exit(1)


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Name or id; #3 is always the id.")], steps: Steps = False) -> None:
    """Stop watching a brand. Its readings, its cases and the mentions that name no other brand go with it.

    All of it is kept for 30 days, for `brand restore`, and then forgotten.

    \b
    Example:
      fengping brand remove 苹果
    """
    from storage import brands, deletion

    with workspace() as (_, store):
        with store.begin() as tx:
            brand = find_brand(tx, name)
            total = brands.brand_counts(tx).get(brand.id, 0)
            deletion.delete_brand(tx, brand.id, now=now())
        follow(store, total=total, steps=steps)
    if not steps:
        tell(f"brand {brand.id} removed: {brand.name}; for 30 days `fengping brand restore {brand.id}` brings it back")


@app.command("restore")
def restore(
    brand: Annotated[int | None, typer.Argument(help="Id of a removed brand; without one, what can come back.")] = None,
    steps: Steps = False,
) -> None:
    """Bring a removed brand back with everything that went with it, within 30 days.

    \b
    Examples:
      fengping brand restore
      fengping brand restore 2
    """
    back = bring_back("brand", [] if brand is None else [brand], steps=steps)
    if back and not steps:
        tell(f"brand {brand} is back: {back[0].name}")


def find_brand(tx: "Tx", name: str) -> "Brand":
    """The brand of that name, alias or id; `#3` is always the id, as a brand may be called 3. Raises InputError naming it."""
    from storage import brands

    known = brands.list_brands(tx)
    wanted = name.strip()
    for test in (
        lambda brand: f"#{brand.id}" == wanted,
        lambda brand: brand.name == wanted,
        lambda brand: wanted.casefold() in {other.casefold() for other in brand.names},
        lambda brand: str(brand.id) == wanted,
    ):
        if hits := [brand for brand in known if test(brand)]:
            return hits[0]
    if wanted.startswith("#") and wanted[1:].isdigit():
        raise InputError(f"there is no brand {wanted[1:]}")
    raise InputError(f"there is no brand '{name}'; add it with: fengping brand add \"{name}\"")


def as_object(brand: "Brand", *, mentions: int) -> dict[str, Any]:
    return {
        "id": brand.id,
        "name": brand.name,
        "aliases": list(brand.aliases),
        "excludes": list(brand.excludes),
        "requires": list(brand.requires),
        "competitor": brand.competitor,
        "mentions": mentions,
    }


def _in_words(brand: dict[str, Any]) -> str:
    parts = [f"{brand['id']}  {brand['name']}", several(brand["mentions"], "mention")]
    parts += [f"also {', '.join(brand['aliases'])}"] if brand["aliases"] else []
    parts += [f"not {', '.join(brand['excludes'])}"] if brand["excludes"] else []
    parts += [f"with {', '.join(brand['requires'])}"] if brand["requires"] else []
    parts += ["competitor"] if brand["competitor"] else []
    return "; ".join(parts)


def _same_names(brand: "Brand", known: "list[Brand]") -> "list[Brand]":
    """The other brands that one of its names is found by: traditional or full-width forms make no other name."""
    from collectors.matching import normalise

    names = {normalise(name) for name in brand.names}
    return [one for one in known if one.id != brand.id and names & {normalise(name) for name in one.names}]


def _word(text: str) -> str:
    word = " ".join(clean(text).split())
    if not any(character.isprintable() for character in word.replace(" ", "")):
        raise InputError("a name may not be empty")
    if len(word) > 200:
        raise InputError("a name may have at most 200 characters")
    return word


def _words(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_word(text) for text in texts))


def _words_given(texts: list[str] | None) -> tuple[str, ...] | None:
    """None: not given, so unchanged. An empty word alone empties the list."""
    return None if texts is None else _words([text for text in texts if text.strip()])
