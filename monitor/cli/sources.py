"""`fengping source`: where mentions come from."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import InputError
from monitor.cli.common import duration, emit, existing_file, now, say, tell, workspace
from monitor.plain import mask_secrets, mask_url

if TYPE_CHECKING:
    from collectors.records import Brand
    from settings import Settings
    from storage.engine import Tx
    from storage.records import SourceRecord

app = typer.Typer(help="Where mentions come from: feeds, searches, review pages, APIs.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Kind = Annotated[str, typer.Option("--kind", help="Kind of source; auto finds it out.")]
Channel = Annotated[str, typer.Option("--channel", help="news, social, forum, blog, ecommerce, local_review, ...")]
Brands = Annotated[list[str], typer.Option("--brand", help="Only these brands; without, every brand. Repeatable.")]
Every = Annotated[str, typer.Option("--every", help="How often, as 90s, 15m, 2h or 1d.")]
KeepAll = Annotated[bool, typer.Option("--keep-all", help="Keep entries that name no brand, under the given brand.")]
Which = Annotated[list[int], typer.Argument(help="Ids, as `source list` shows them.")]
Options = Annotated[list[str], typer.Option("--set", help="An option of the kind, as depth=3. Repeatable.")]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address of a feed, a site, a search or an API.")],
    kind: Kind = "auto",
    channel: Channel = "",
    brand: Brands = [],  # noqa: B006
    every: Every = "15m",
    keep_all: KeepAll = False,
    option: Options = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Add a source.

    With --kind, no request is made and the address is taken as it is. With auto, an address that does not say its
    kind is looked at once: a site's page leads to its feed.

    \b
    Examples:
      fengping source add https://example.com/feed.xml --channel news --every 15m
      fengping source add https://blog.example.com --brand 苹果 --keep-all
      fengping source add https://www.v2ex.com/api/nodes --kind v2ex
    """
    from collectors.opml import web_address

    wanted = Wanted.read(brand, channel=channel, every=every, keep_all=keep_all, options=option)
    address = web_address(url)
    kind = _check_kind(kind)
    with workspace() as (settings, store):
        with store.read() as tx:
            wanted.find_brands(tx)
        if kind == "auto":
            kind, address = _discover(address, settings)
        with store.begin() as tx:
            record = wanted.store(tx, address, kind)
            twins = [other for other in _records(tx) if other.source.url == address and other.source.id != record.id]
            found = as_object(_record(tx, record.id))
    emit(found) if as_json else tell(f"source {found['id']} added: {found['kind']} {found['url']} ({found['channel']})")
    if twins:
        say(f"note: source {twins[0].source.id} has this address too; it is fetched once for both")


@app.command("list")
def list_sources(as_json: Json = False) -> None:
    """The sources with their health.

    With --json: id, url, kind, channel, brand (several joined by ", "; null: every brand), status (ok, not_modified,
    failed, paused, gone; null: never tried), last_error, last_success_at, next_check_at, new and changed (of the last
    collection), total (stored), capped (entries left out by a limit, else null), and more. Passwords are masked.

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

    wanted = Wanted.read(brand, channel="", every="15m", keep_all=keep_all, options=option)
    address, kind = web_address(url), _check_kind(kind)
    with workspace() as (settings, store):
        with store.read() as tx:
            wanted.find_brands(tx)
            watched = _watched(tx)
        if kind == "auto":
            kind, address = _discover(address, settings)
        trial = try_source(wanted.as_source(address, kind), watched, settings=settings, now=now())
    if as_json:
        emit(trial.as_object(show))
    else:
        for text in in_lines(trial, show):
            tell(text)
    if trial.collected.error:
        raise typer.Exit(1)


@app.command("import")
def import_opml(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    channel: Channel = "",
    brand: Brands = [],  # noqa: B006
    every: Every = "15m",
    keep_all: KeepAll = False,
    as_json: Json = False,
) -> None:
    """Add every feed of an OPML file. No request is made; all are added or, when the file is wrong, none.

    \b
    Example:
      fengping source import feeds.opml --channel blog --every 1h
    """
    from collectors.kinds import find_kind
    from collectors.opml import parse_opml

    wanted = Wanted.read(brand, channel=channel, every=every, keep_all=keep_all, options=[])
    feeds = parse_opml(existing_file(file).read_bytes())
    with workspace() as (_, store), store.begin() as tx:
        wanted.find_brands(tx)
        known = {_identity(record) for record in _records(tx)}
        added = []
        for feed in feeds:
            kind = find_kind(feed.url)
            if wanted.identity(feed.url, kind) not in known:
                added.append(wanted.store(tx, feed.url, kind, title=feed.title).id)
        found = [as_object(record) for record in _records(tx) if record.source.id in set(added)] if as_json else []
    for source in found:
        emit(source)
    if not as_json:
        tell(f"{len(added)} sources added, {len(feeds) - len(added)} were already there")


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
) -> None:
    """Change how often sources are asked, or their channel.

    \b
    Example:
      fengping source edit 3 --every 1h
    """
    changes: dict[str, Any] = {}
    if every is not None:
        changes["every"] = duration(every)
    if channel is not None:
        changes["channel"] = _check_channel(channel)
    if not changes:
        raise InputError("nothing to change; give --every or --channel")
    _change(ids, "changed", **changes)


@app.command("remove")
def remove(ids: Which) -> None:
    """Forget these sources and every mention of theirs.

    \b
    Example:
      fengping source remove 3
    """
    from storage import sources

    with workspace() as (_, store), store.begin() as tx:
        for number in ids:
            _record(tx, number)
            sources.delete_source(tx, number)
    tell(f"{len(ids)} sources removed")


class Wanted:
    """What a call says of the sources it adds, checked before anything is opened or stored."""

    def __init__(
        self, names: list[str], *, channel: str, every: timedelta, keep_all: bool, options: dict[str, Any]
    ) -> None:
        self.names = names
        self.channel = channel
        self.every = every
        self.keep_all = keep_all
        self.options = options
        self.brands: list[Brand] = []

    @classmethod
    def read(cls, names: list[str], *, channel: str, every: str, keep_all: bool, options: list[str]) -> "Wanted":
        if keep_all and not names:
            raise InputError("--keep-all needs --brand: entries that name no brand are kept under the given one")
        return cls(
            names,
            channel=_check_channel(channel) if channel else "",
            every=duration(every),
            keep_all=keep_all,
            options=_options(options),
        )

    def find_brands(self, tx: "Tx") -> None:
        from monitor.cli.brands import find_brand

        self.brands = list({found.id: found for found in (find_brand(tx, name) for name in self.names)}.values())

    def as_source(self, url: str, kind: str) -> Any:
        from collectors.kinds import default_channel
        from collectors.records import Source

        return Source(
            0,
            url,
            kind,
            self.channel or default_channel(kind, url),
            tuple(brand.id for brand in self.brands),
            self.keep_all,
            self.every,
            self.options,
        )

    def store(self, tx: "Tx", url: str, kind: str, *, title: str | None = None) -> Any:
        from collectors.kinds import get_kind
        from storage import sources

        source = self.as_source(url, kind)
        get_kind(kind).check(source)
        return sources.add_source(
            tx,
            url,
            kind=kind,
            channel=source.channel,
            brands=source.brands,
            keep_all=self.keep_all,
            every=self.every,
            options=self.options,
            title=title,
            now=now(),
        )

    def identity(self, url: str, kind: str) -> tuple[object, ...]:
        source = self.as_source(url, kind)
        return (url, kind, source.channel, tuple(sorted(source.brands)), self.keep_all)


def as_object(record: "SourceRecord") -> dict[str, Any]:
    """A source as scripts see it. Never tried: no status, no error, no success."""
    from collectors.records import Status
    from monitor.bringing import is_brought

    ended = record.status in (Status.FAILED, Status.GONE, Status.PAUSED)
    asked = record.status not in (Status.GONE, Status.PAUSED) and not is_brought(record.source)
    return {
        "id": record.source.id,
        "url": mask_url(record.source.url),
        "kind": record.source.kind,
        "channel": record.source.channel,
        "brand": ", ".join(record.brand_names) or None,
        "status": None if record.status is Status.NEW else record.status.value,
        "last_error": mask_secrets(record.last_error) if ended and record.last_error else None,
        "last_success_at": record.last_success_at,
        "next_check_at": record.next_check_at if asked else None,
        "new": record.new,
        "changed": record.changed,
        "total": record.total,
        "capped": record.capped or None,
        "title": record.source.title,
        "keep_all": record.source.keep_all,
        "every_seconds": int(record.source.every.total_seconds()),
        "missed": record.missed,
        "advice": record.last_advice if ended else None,
    }


def in_words(source: dict[str, Any]) -> str:
    """One line about a source for a person."""
    from monitor.plain import iso

    state = (source["status"] or "not tried yet").replace("_", " ")
    parts = [
        f"{source['id']}  {source['kind']}  {source['url']}",
        source["channel"],
        state,
        f"{source['total']} mentions",
    ]
    parts += [f"for {source['brand']}"] if source["brand"] else []
    parts += [source["last_error"]] if source["last_error"] else []
    parts += [source["advice"]] if source["advice"] else []
    parts += [f"last heard {iso(source['last_success_at'])}"] if source["last_success_at"] else []
    parts += [f"next try {iso(source['next_check_at'])}"] if source["next_check_at"] else []
    return "; ".join(parts)


def _records(tx: "Tx") -> "list[SourceRecord]":
    from storage import sources

    return list(sources.list_sources(tx, now=now()))


def _record(tx: "Tx", number: int) -> "SourceRecord":
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


def _change(ids: list[int], word: str, **changes: Any) -> None:
    from storage import sources

    with workspace() as (_, store), store.begin() as tx:
        for number in ids:
            _record(tx, number)
            sources.update_source(tx, number, now=now(), **changes)
    tell(f"{len(ids)} sources {word}")


def _check_kind(kind: str) -> str:
    from collectors.kinds import get_kind

    return kind if kind == "auto" else get_kind(kind).name


def _check_channel(channel: str) -> str:
    from collectors.records import CHANNELS

    if channel not in CHANNELS:
        raise InputError(f"there is no channel '{channel}'; choose one of {', '.join(CHANNELS)}")
    return channel


def _options(texts: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise InputError(f"'{text}' is no option; write name=value, as depth=3")
        options[name.strip()] = int(value) if value.isdecimal() and len(value) < 10 else value
    return options


def _discover(url: str, settings: "Settings") -> tuple[str, str]:
    """Kind and address by the address, or by one look at what answers there. What cannot be reached is added as it is."""
    from collectors.kinds import find_kind
    from errors import CollectError
    from monitor.trying import discover

    kind = find_kind(url)
    if kind != "feed":
        return kind, url
    try:
        return discover(url, settings=settings, now=now())
    except CollectError as error:
        say(f"note: taken as a feed, although it did not answer as one: {error}")
        return kind, url
