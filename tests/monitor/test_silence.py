"""Whose silence is listened for: every brand by the sources that may speak of it, and each source by itself."""

from analyzers.rules import RuleBody, Scope
from monitor.silence import _voices
from storage import brands, sources
from storage.engine import Store
from storage.sources import list_sources
from tests.monitor.conftest import NOW


def voices(store: Store, scope: list[int], body: RuleBody) -> list[tuple[int, int | None, tuple[int, ...]]]:
    """(brand, the source by itself, sources listened to) of every voice, all sources heard."""
    from dataclasses import replace

    from collectors.records import Status

    with store.read() as tx:
        heard = [replace(one, status=Status.OK) for one in list_sources(tx, NOW)]
    found = _voices(body, scope, heard)
    return [(one.brand_id, one.source.source.id if one.source else None, one.sources) for one in found]


def test_a_source_that_listens_for_every_brand_is_a_voice_of_its_own(store):
    with store.begin() as tx:
        one, other = (brands.add_brand(tx, name, now=NOW).id for name in ("Acme", "Lark"))
        every, own = (
            sources.add_source(tx, f"https://example.org/{n}", kind="feed", channel="news", brands=listed, now=NOW).id
            for n, listed in enumerate(((), (other,)))
        )
    silence = RuleBody(measure="silence")
    assert voices(store, [one, other], silence) == [
        (one, None, (every,)),
        (other, None, (every, own)),
        (one, every, (every,)),
        (other, own, (own,)),
    ]
    only = RuleBody(measure="silence", scope=Scope(brands=(one,)))
    assert voices(store, [one], only) == [(one, None, (every,)), (one, every, (every,))]
    assert voices(store, [], silence) == []
