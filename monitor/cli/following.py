"""What `brand` and `source` share: what belongs to them follows them out of sight and back, in parts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from monitor.cli.common import now, progress, tell, workspace
from monitor.plain import several

if TYPE_CHECKING:
    from storage.deletion import Deleted
    from storage.engine import Store


def follow(store: "Store", *, total: int | None = None, steps: bool = False) -> None:
    """Move what is still to follow, saying how far it is. `total`: how much that is, if known."""
    from monitor.upkeep import settle

    with progress("moving", as_json=steps) as told:
        settle(store, now=now(), told=told, total=total)


def bring_back(what: Literal["brand", "source"], ids: Sequence[int], *, steps: bool) -> "list[Deleted]":
    """Bring these back, and say them; without any, list what can come back."""
    from storage import deletion

    listed, restore = {
        "brand": (deletion.deleted_brands, deletion.restore_brand),
        "source": (deletion.deleted_sources, deletion.restore_source),
    }[what]
    with workspace() as (_, store):
        with store.begin() as tx:
            kept = listed(tx)
            for number in ids:
                restore(tx, number)
        back = [one for one in kept if one.id in ids]
        if back:
            follow(store, total=sum(one.mentions for one in back), steps=steps)
        else:
            _list(kept, what)
    return back


def _list(kept: "Sequence[Deleted]", what: str) -> None:
    for one in kept:
        tell(f"{one.id}  {one.name}; removed {one.at:%Y-%m-%d %H:%M} UTC, {several(one.mentions, 'mention')}")
    if not kept:
        tell(f"no {what} was removed in the last 30 days")
