"""Whose silence is listened for: every brand by the sources that may speak of it, and each source by itself."""

from analyzers.rules import RuleBody, Scope
from monitor.explaining import counted_in
from storage import brands, sources
from storage.engine import Store
from storage.sources import list_sources
from storage.speakers import speakers
from tests.monitor.conftest import NOW


def heard(store: Store, scope: list[int], body: RuleBody) -> list[tuple[int, int | None, tuple[int, ...]]]:
    """(brand, the source by itself, sources listened to) of everyone who should speak, all sources heard."""
    from dataclasses import replace

    from collectors.records import Status

    with store.read() as tx:
        listed = [replace(one, status=Status.OK) for one in list_sources(tx, NOW)]
    found = speakers(counted_in(body, tuple(scope)), listed)
    return [(one.brand_id, one.source.source.id if one.source else None, one.sources) for one in found]


def test_a_source_that_listens_for_every_brand_speaks_for_itself(store):
    with store.begin() as tx:
        one, other = (brands.add_brand(tx, name, now=NOW).id for name in ("Acme", "Lark"))
        every, own = (
            sources.add_source(tx, f"https://example.org/{n}", kind="feed", channel="news", brands=listed, now=NOW).id
            for n, listed in enumerate(((), (other,)))
        )
    silence = RuleBody(measure="silence")
    assert heard(store, [one, other], silence) == [
        (one, None, (every,)),
        (other, None, (every, own)),
        (one, every, (every,)),
        (other, own, (own,)),
    ]
    only = RuleBody(measure="silence", scope=Scope(brands=(one,)))
    assert heard(store, [one], only) == [(one, None, (every,)), (one, every, (every,))]
    assert heard(store, [], silence) == []
