"""What a call says of the sources it adds or changes, checked before anything is opened, asked or stored."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import InputError
from monitor.cli.common import duration, existing_file, now, say

if TYPE_CHECKING:
    from collectors.records import Brand, Source
    from settings import Settings
    from storage.engine import Tx


class Wanted:
    """What a call says of the sources it adds, checked before anything is opened or stored."""

    def __init__(
        self, names: list[str], *, channel: str, every: timedelta, keep_all: bool, options: dict[str, str],
        mapping: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.names = names
        self.channel = channel
        self.every = every
        self.keep_all = keep_all
        self.options = options
        self.mapping = list(mapping)
        self.brands: list[Brand] = []

    @classmethod
    def read(
        cls, names: list[str], *, channel: str, every: str, keep_all: bool, options: Sequence[str] = (),
        mapping: Sequence[str] = (),
    ) -> "Wanted":  # fmt: skip
        if keep_all and not names:
            raise InputError("--keep-all needs --brand: entries that name no brand are kept under the given one")
        return cls(
            names,
            channel=check_channel(channel) if channel else "",
            every=duration(every),
            keep_all=keep_all,
            options=given_options(options),
            mapping=mapping,
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
            self._options(kind),
        )

    def _options(self, kind: str) -> dict[str, Any]:
        """`--map` is the option `map` as a list, so that a column may have a comma in its name."""
        return options_for(kind, self.options) | mapped(kind, self.mapping)

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
            options=source.options,
            title=title,
            now=now(),
        )

    def identity(self, url: str, kind: str) -> tuple[object, ...]:
        source = self.as_source(url, kind)
        return (url, kind, source.channel, tuple(sorted(source.brands)), self.keep_all)


def check_kind(kind: str) -> str:
    from collectors.kinds import get_kind

    return kind if kind == "auto" else get_kind(kind).name


def check_channel(channel: str) -> str:
    from collectors.records import CHANNELS

    if channel not in CHANNELS:
        raise InputError(f"there is no channel '{channel}'; choose one of {', '.join(CHANNELS)}")
    return channel


def given_options(texts: Iterable[str]) -> dict[str, str]:
    """What `--set` says, still in words. `@FILE`, or `@-` for standard input, holds one name=value a line."""
    options: dict[str, str] = {}
    for text in _written(texts):
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise InputError(f"'{text}' is no option; write name=value, as depth=3")
        options[name.strip()] = value
    return options


def _written(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if not text.startswith("@"):
            yield text
            continue
        held = sys.stdin.read() if text == "@-" else existing_file(Path(text[1:])).read_text("utf-8-sig", "replace")
        yield from (line for line in held.splitlines() if line.strip())


def options_for(kind: str, given: dict[str, str]) -> dict[str, Any]:
    """The options as a source of this kind keeps them. Raises InputError."""
    from collectors.kinds import options_of
    from collectors.options import read_options

    return read_options(options_of(kind), given, kind=kind)


def mapped(kind: str, mapping: Sequence[str]) -> dict[str, Any]:
    """What `--map` says as the option `map`. Raises InputError."""
    if mapping and kind != "file":
        raise InputError(f"--map is for sources of kind file, not {kind}")
    return {"map": list(mapping)} if mapping else {}


def changed_options(source: "Source", given: dict[str, str], mapping: Sequence[str] = ()) -> dict[str, Any]:
    """The options of a source with these changed; an empty one is taken away. Raises InputError."""
    from collectors.kinds import get_kind

    kept = {name: value for name, value in source.options.items() if name not in given}
    wanted = options_for(source.kind, {name: text for name, text in given.items() if text.strip()})
    options = {**kept, **wanted, **mapped(source.kind, mapping)}
    get_kind(source.kind).check(replace(source, options=options))
    return options


def find_out(url: str, settings: "Settings") -> tuple[str, str]:
    """Kind and address by the address, or by one look at what answers there. What cannot be reached is added as it is."""
    from collectors.kinds import find_kind
    from errors import CollectError
    from monitor.trying import discover

    kind = find_kind(url)
    if kind != "feed":
        return kind, url
    try:
        kind, found = discover(url, settings=settings, now=now())
        if kind == "reviews_page":
            say("note: taken as a page of reviews, which obeys robots.txt; else say what it is, as by --kind feed")
        return kind, found
    except CollectError as error:
        say(f"note: taken as a feed, although it did not answer as one: {error}")
        return kind, url
