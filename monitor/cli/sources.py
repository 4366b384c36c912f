"""`fengping source`: where mentions come from."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import InputError
from monitor.cli.common import duration, emit, existing_file, now, say, tell, workspace
from monitor.cli.following import bring_back, follow
from monitor.cli.source_words import as_object, in_words
from monitor.cli.wanted import Wanted, changed_options, check_channel, check_kind, find_out, given_options
from monitor.plain import line, several

if TYPE_CHECKING:
    from collectors.records import Brand
    from storage.engine import Tx
    from storage.records import SourceRecord

app = typer.Typer(help="Where mentions come from: feeds, searches, review pages, APIs.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Steps = Annotated[bool, typer.Option("--progress", help="JSON objects with step, done and total as it goes.")]
Kind = Annotated[str, typer.Option("--kind", help="Kind of source; auto finds it out.")]
Channel = Annotated[str, typer.Option("--channel", help="news, social, forum, blog, ecommerce, local_review, ...")]
Brands = Annotated[list[str], typer.Option("--brand", help="Only these brands; without, every brand. Repeatable.")]
Every = Annotated[str, typer.Option("--every", help="How often, as 90s, 15m, 2h or 1d.")]
KeepAll = Annotated[bool, typer.Option("--keep-all", help="Keep entries that name no brand, under the given brand.")]
Which = Annotated[list[int], typer.Argument(help="Ids, as `source list` shows them.")]
Options = Annotated[
    list[str],
    typer.Option(
        "--set",
        help="An option of the kind, as depth=3; `source kinds` lists them. @FILE holds one a line, @- reads them "
        "from standard input. Repeatable.",
    ),
]
Mapping = Annotated[
    list[str],
    typer.Option("--map", help="For kind file: column=field, as 内容=text. Repeatable; same names need none."),
]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address of a feed, a site, a search or an API.")],
    kind: Kind = "auto",
    channel: Channel = "",
    brand: Brands = [],  # noqa: B006
    every: Every = "15m",
    keep_all: KeepAll = False,
    option: Options = [],  # noqa: B006
    mapping: Mapping = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Add a source.

    With --kind, no request is made and the address is taken as it is. With auto, an address that does not say its
    kind is looked at: a site's page leads to its feed, a page with reviews is read for them, and a Discourse, Mastodon,
    Lemmy or RSSHub is known on any host.

    \b
    Examples:
      fengping source add https://example.com/feed.xml --channel news --every 15m
      fengping source add https://blog.example.com --brand 苹果 --keep-all
      fengping source add https://www.v2ex.com/api/nodes --kind v2ex
    """
    from collectors.opml import web_address

    wanted = Wanted.read(brand, channel=channel, every=every, keep_all=keep_all, options=option, mapping=mapping)
    address = web_address(url)
    kind = check_kind(kind)
    with workspace() as (settings, store):
        with store.read() as tx:
            wanted.find_brands(tx)
        if kind == "auto":
            kind, address = find_out(address, settings)
        with store.begin() as tx:
            record = wanted.store(tx, address, kind)
            twins = [other for other in _records(tx) if other.source.url == address and other.source.id != record.id]
            found = as_object(get_record(tx, record.id))
    emit(found) if as_json else tell(f"source {found['id']} added: {found['kind']} {found['url']} ({found['channel']})")
    if twins:
        say(f"note: source {twins[0].source.id} has this address too; it is fetched once for both")


@app.command("list")
def list_sources(as_json: Json = False) -> None:
    """The sources with their health.

    With --json: id, url, kind, channel, brand (several joined by ", "; null: every brand), status (ok, not_modified,
    failed, paused, gone; null: never tried), last_error, last_success_at, next_check_at, new and changed (of the last
    collection), total (stored), capped (entries left out by a limit, else null), last_new_at, success_share_7d,
    usual_interval_seconds, overdue (quiet for longer than its own habit explains), and more. Passwords are masked.

    \b
    Example:
      fengping source list --json
    """
    with workspace() as (_, store), store.read() as tx:
        found = [as_object(record) for record in _records(tx)]
    for source in found:
        emit(source) if as_json else tell(in_words(source))
    if not found and not as_json:
        tell("no source yet; add one with: fengping source add URL")


@app.command("test")
def try_out(
    url: Annotated[str, typer.Argument(help="Address to try.")],
    kind: Kind = "auto",
    brand: Brands = [],  # noqa: B006
    keep_all: KeepAll = False,
    option: Options = [],  # noqa: B006
    mapping: Mapping = [],  # noqa: B006
    show: Annotated[int, typer.Option("--show", min=0, help="How many entries to show.")] = 5,
    as_json: Json = False,
) -> None:
    """Fetch once and show what would be stored. Nothing is stored.

    \b
    Example:
      fengping source test https://example.com/feed.xml --brand 苹果
    """
    from collectors.opml import web_address
    from monitor.trying import in_lines, try_source

    wanted = Wanted.read(brand, channel="", every="15m", keep_all=keep_all, options=option, mapping=mapping)
    address, kind = web_address(url), check_kind(kind)
    with workspace() as (settings, store):
        with store.read() as tx:
            wanted.find_brands(tx)
            watched = _watched(tx)
        if kind == "auto":
            kind, address = find_out(address, settings)
        trial = try_source(wanted.as_source(address, kind), watched, settings=settings, now=now())
    if as_json:
        emit(trial.as_object(show))
    else:
        for text in in_lines(trial, show):
            tell(text)
    if trial.collected.error:
        raise typer.Exit(1)


@app.command("look")
def look(
    url: Annotated[str, typer.Argument(help="Address of a CSV, XLSX or JSONL file.")],
    as_json: Json = False,
) -> None:
    """Fetch a file once and show its columns and first rows, and how each would be read. Nothing is stored.

    What is guessed wrong is said with `source add --kind file --map column=field`.

    \b
    Example:
      fengping source look https://example.com/reviews.csv
    """
    from collectors.opml import web_address
    from monitor.cli.exchange import show_look
    from monitor.trying import look_at
    from settings import get_settings

    show_look(look_at(web_address(url), settings=get_settings(), now=now()), as_json=as_json)


@app.command("import")
def import_opml(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    channel: Channel = "",
    brand: Brands = [],  # noqa: B006
    every: Every = "15m",
    keep_all: KeepAll = False,
    as_json: Json = False,
) -> None:
    """Add every feed of an OPML file. No request is made.

    An outline whose address cannot be used, as ftp://, is named with its row and left out (with --json as an object with
    `refused`), and the exit code is 1. A file that is no OPML, or holds no usable address, adds nothing: 2.

    \b
    Example:
      fengping source import feeds.opml --channel blog --every 1h
    """
    from collectors.kinds import find_kind
    from collectors.opml import parse_opml

    wanted = Wanted.read(brand, channel=channel, every=every, keep_all=keep_all)
    listed = parse_opml(existing_file(file).read_bytes())
    with workspace() as (_, store), store.begin() as tx:
        wanted.find_brands(tx)
        before = _records(tx)
        known = {_identity(record) for record in before}
        added = set()
        for feed in listed.feeds:
            kind = find_kind(feed.url)
            if wanted.identity(feed.url, kind) not in known:
                added.add(wanted.store(tx, feed.url, kind, title=feed.title).id)
        records = [record for record in _records(tx) if record.source.id in added]
        found = [as_object(record) for record in records] if as_json else []
    for source in found:
        emit(source)
    if not as_json:
        there = len(listed.feeds) - len(added)
        refused = f", {len(listed.refused)} refused" if listed.refused else ""
        tell(f"{several(len(added), 'source')} added, {there} {'was' if there == 1 else 'were'} already there{refused}")
    twins = {record.source.url for record in records} & {record.source.url for record in before}
    if twins:
        say(f"note: {len(twins)} of the addresses had a source already, with another brand, channel or --keep-all")
    for error in listed.refused:
        emit({"refused": line(error)}) if as_json else say(f"refused: {error}")
    if listed.refused:
        raise typer.Exit(1)


@app.command("kinds")
def list_kinds(as_json: Json = False) -> None:
    """The kinds of sources and the options of each, as --set takes them.

    \b
    Example:
      fengping source kinds
    """
    from collectors.kinds import KINDS, options_of

    for kind in KINDS.values():
        options = options_of(kind.name)
        if as_json:
            shown = [asdict(option) for option in options]
            emit({"kind": kind.name, "label": kind.label, "channel": kind.default_channel, "options": shown})
            continue
        tell(f"{kind.name}  {kind.label} ({kind.default_channel})")
        for option in options:
            tell(f"    {option.name}={option.example}  {option.what}")


@app.command("starter")
def starter(
    brand: Annotated[str, typer.Option("--brand", help="The brand to listen for.")],
    as_json: Json = False,
) -> None:
    """Public places that a brand may begin with. Nothing is added: `source add` does.

    \b
    Example:
      fengping source starter --brand 苹果
    """
    from collectors.starter import starter_pack
    from monitor.cli.brands import find_brand

    with workspace() as (_, store), store.read() as tx:
        proposals = starter_pack(find_brand(tx, brand))
    for one in proposals:
        emit(asdict(one)) if as_json else tell(f"{one.kind}  {one.url}  {one.title}: {one.why}")


@app.command("pause")
def pause(ids: Which) -> None:
    """Stop asking these sources until they are resumed.

    \b
    Example:
      fengping source pause 3 7
    """
    _change(ids, "paused", paused=True)


@app.command("resume")
def resume(ids: Which) -> None:
    """Ask these sources again, at once.

    \b
    Example:
      fengping source resume 3
    """
    _change(ids, "resumed", paused=False)


@app.command("edit")
def edit(
    ids: Which,
    every: Annotated[str | None, typer.Option("--every", help="How often, as 90s, 15m, 2h or 1d.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Another channel, from now on.")] = None,
    option: Options = [],  # noqa: B006
    mapping: Mapping = [],  # noqa: B006
    steps: Steps = False,
) -> None:
    """Change how often sources are asked, their channel, or options of their kind; `--set name=` takes one away.

    `--map` replaces all that was said of a file's columns.

    \b
    Examples:
      fengping source edit 3 --every 1h
      fengping source edit 5 --set countries=cn,us
    """
    changes: dict[str, Any] = {}
    if every is not None:
        changes["every"] = duration(every)
    if channel is not None:
        changes["channel"] = check_channel(channel)
    options = given_options(option)
    if not changes and not options and not mapping:
        raise InputError("nothing to change; give --every, --channel, --set or --map")
    _change(ids, "changed", options=options, mapping=mapping, steps=steps, **changes)


@app.command("remove")
def remove(ids: Which, steps: Steps = False) -> None:
    """Remove these sources, and every mention of theirs.

    All of it is kept for 30 days, for `source restore`, and then forgotten.

    \b
    Example:
      fengping source remove 3
    """
    from storage import deletion

    with workspace() as (_, store):
        with store.begin() as tx:
            total = sum(get_record(tx, number).total for number in ids)
            for number in ids:
                deletion.delete_source(tx, number, now=now())
        follow(store, total=total, steps=steps)
    if not steps:
        again = " ".join(str(number) for number in ids)
        tell(f"{several(len(ids), 'source')} removed; for 30 days `fengping source restore {again}` brings them back")


@app.command("restore")
def restore(
    ids: Annotated[
        list[int] | None, typer.Argument(help="Ids; without any, the removed sources that can come back.")
    ] = None,
    steps: Steps = False,
) -> None:
    """Bring removed sources back with everything that went with them, within 30 days.

    \b
    Examples:
      fengping source restore
      fengping source restore 3
    """
    back = bring_back("source", ids or [], steps=steps)
    if back and not steps:
        tell(f"{several(len(back), 'source is', 'sources are')} back")


def _records(tx: "Tx") -> "list[SourceRecord]":
    from storage import sources

    return list(sources.list_sources(tx, now=now()))


def get_record(tx: "Tx", number: int) -> "SourceRecord":
    from storage import sources

    found = sources.get_source(tx, number, now=now())
    if found is None:
        raise InputError(f"there is no source {number}; `fengping source list` shows the ids")
    return found


def _watched(tx: "Tx") -> "list[Brand]":
    from storage import brands

    return list(brands.list_brands(tx))


def _identity(record: "SourceRecord") -> tuple[object, ...]:
    source = record.source
    return (source.url, source.kind, source.channel, tuple(sorted(source.brands)), source.keep_all)


def _change(
    ids: list[int],
    word: str,
    *,
    options: dict[str, str] | None = None,
    mapping: Sequence[str] = (),
    steps: bool = False,
    **changes: Any,
) -> None:
    from storage import channels, sources

    with workspace() as (_, store):
        with store.begin() as tx:
            found = [get_record(tx, number) for number in ids]
            for source in (record.source for record in found):
                now_set = changed_options(source, options or {}, mapping) if options or mapping else None
                sources.update_source(tx, source.id, now=now(), options=now_set, **changes)
        if "channel" in changes:
            moved = [record.total for record in found if record.source.channel != changes["channel"]]
            follow(store, total=sum(max(0, total - channels.PART) for total in moved), steps=steps)
    if not steps:
        tell(f"{several(len(ids), 'source')} {word}")
