"""`fengping import`: a file of mentions from elsewhere, stored under a source of its own.

Promise: the same file again adds nothing; a wrong row is named and then nothing of the file is stored; what of the
file was left out is counted. Blind spot: a file is known by its name, so the same mentions under another file name
are stored again, in the same copy groups.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collectors.file import read_file
from collectors.records import Brand
from monitor.bringing import Brought, bring, brought_source
from monitor.matching import Matching
from monitor.plain import clean
from settings import Settings
from storage.brands import list_brands
from storage.engine import Store


@dataclass(frozen=True)
class FileBrought:
    """What became of a file. `blank`: rows without title and text; `repeats`: rows that said the same under the same
    id; `links`: cells that should hold a web address and held none."""

    brought: Brought
    blank: int
    repeats: int
    links: int

    @property
    def in_words(self) -> str:
        said = [f"new {self.brought.new}, changed {self.brought.changed}, already there {self.brought.known}"]
        said += [f"left out, without a text: {self.blank}"] if self.blank else []
        said += [f"left out, said twice: {self.repeats}"] if self.repeats else []
        said += [f"links that are no web address, left empty: {self.links}"] if self.links else []
        return "; ".join(said)

    def as_object(self) -> dict[str, int]:
        return {**asdict(self.brought), "blank": self.blank, "repeats": self.repeats, "links_left_empty": self.links}


def import_mentions(
    store: Store,
    file: Path,
    brand: Brand,
    *,
    mapping: Mapping[str, str],
    channel: str,
    settings: Settings,
    now: datetime,
    told: Callable[[int, int | None], None] = lambda done, total: None,
) -> FileBrought:
    """Store every mention of the file under the brand. Raises InputError."""
    imported = read_file(file, mapping, now=now, zone=ZoneInfo(settings.timezone))
    name = clean(file.name).replace("\n", " ")
    with store.begin() as tx:
        source = brought_source(
            tx, f"file:{name}", kind="file", channel=channel, brands=(brand.id,), title=name, now=now
        )
        matching = Matching(list_brands(tx))
    total = len(imported.mentions)
    brought = bring(
        store,
        source,
        ((mention, (brand.id,)) for mention in imported.mentions),
        matching,
        now=now,
        told=lambda done, _: told(done, total),
    )
    return FileBrought(brought, imported.blank, imported.repeats, imported.links)
