"""Small things to store, with the few words that a test cares about."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from analyzers.records import Reading, TextFacts
from collectors.records import Brand, Collected, Matched, Mention, Source, SourceState, Status
from storage import brands, deletion, forget, mentions, readings, rematch, sources
from storage.outcomes import Stored
from storage.records import ReadResult, Unread
from storage.schema import brand as brand_table

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


def a_brand(tx, name="Acme", **options) -> Brand:
    return brands.add_brand(tx, name, now=NOW, **options)


def a_source(tx, url="https://example.com/feed", kind="feed", channel="news", **options) -> Source:
    return sources.add_source(tx, url, kind=kind, channel=channel, now=NOW, **options)


def say(external_id, text="the battery of my Acme phone swells", *, hours_ago=0.0, **more) -> Mention:
    values = {"title": "", "url": None, "published_at_source": "author", **more}
    published = values.pop("published_at", NOW - timedelta(hours=hours_ago))
    return Mention(external_id=external_id, text=text, published_at=published, **values)


def heard(source, *found, status=Status.OK, **more) -> Collected:
    values = {"state": SourceState(last_success_at=NOW), **more}
    return Collected(source.id, status, tuple(found), **values)


def store(tx, source, *found, brands=(), now=NOW, collected=None, alias="Acme") -> Stored:
    """One collection of a source, every mention under the brands given."""
    ids = [brand.id for brand in brands]
    matched = [Matched(one, dict.fromkeys(ids, alias)) for one in found]
    told = collected or heard(source, *found)
    return mentions.store_collected(tx, told, matched, next_check_at=now + timedelta(minutes=15), now=now)


def facts(lang="en", *, tokens=("battery", "swells"), themes=("quality",), signature=()) -> TextFacts:
    return TextFacts(lang, False, " ".join(tokens), tuple(tokens), tuple(themes), tuple(signature))


def judged(label="negative", *, model="m1", sure=True) -> Reading:
    p = {name: 0.8 if name == label else 0.1 for name in ("negative", "neutral", "positive")}
    return Reading(
        label, p["negative"], p["neutral"], p["positive"], 0.8 if sure else 0.3, model, label if sure else "unsure"
    )


def read(unread: Unread, label="negative", *, model="m1", sure=True, **of) -> ReadResult:
    made = judged(label, model=model, sure=sure)
    return ReadResult(
        unread.mention_id, facts(**of), dict.fromkeys(unread.brands, made), content_hash=unread.content_hash
    )


def read_all(tx, label="negative", *, model="m1", **of) -> int:
    waiting = readings.unread(tx, model=model, limit=10_000)
    return readings.store_readings(tx, [read(one, label, model=model, **of) for one in waiting], now=NOW)


def hold(tx, brand, match, *, now=NOW, limit=rematch.PART) -> tuple[set[int], set[int]]:
    """Match all that is stored against a brand, as after other words; ids of what came and of what went."""
    tx.execute(update(brand_table).where(brand_table.c.id == brand.id).values(matching=brands.UNMATCHED))
    came: set[int] = set()
    went: set[int] = set()
    while part := rematch.rematch_part(tx, brand.id, lambda _: match, now=now, limit=limit):
        came, went = came | set(part.came), went | set(part.went)
    return came, went


def settle(tx, *, now=NOW, limit=deletion.PART) -> None:
    """Let everything that has to follow a deletion or a return do so."""
    while deletion.settle_part(tx, now=now, limit=limit) is not None:
        pass


def forget_all(tx, before, *, limit=forget.PART) -> None:
    while forget.forget_part(tx, before, limit=limit) is not None:
        pass
