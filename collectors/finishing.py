"""What every kind's mentions go through before they leave the child: cleaned, cut, identified, normalised.

Identity, in this order: what the service calls the entry; its link without tracking parameters; its content.
An identity that several entries of one document share would make them overwrite each other, so each of them gets
it with its own link or content appended. That the identity was shared is remembered in the cursor, so that an entry
keeps its name when the others have left the document; storage merges equal content within a source, so an entry
whose name changes because another began to share it is still stored once.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.matching import normalise
from collectors.records import Mention
from collectors.seams import Limits, ParseContext, Parsed
from collectors.stubs import under_their_names
from collectors.text import clean, cut, line, unescape
from collectors.urls import absolute, identity

LONGEST_ID = 500
LONGEST_URL = 2_000
LONGEST_NAME = 200
SHARED = "_shared"  # keys of the cursor: identities that entries shared, and marks of what came the last time
SEEN = "_seen"
_OWN_MARK = re.compile(r"#[0-9a-f]{12}$")
_WHOLE_LIMIT = 2**53


def finish(parsed: Parsed, context: ParseContext, *, base: str) -> Parsed:
    """Parsed as collecting may trust it: no empty, double or unnamed mention, nothing beyond the limits."""
    limits = context.limits
    cleaned = [_cleaned(raw, context, base) for raw in parsed.mentions]
    kept = [mention for mention in cleaned if mention is not None]
    named, shared = _named(kept, set(_known_shared(context.cursor)))
    stub = named[-1] if parsed.stub and named and cleaned[-1] is not None else None
    before = frozenset(context.cursor.get(SEEN) or ())
    named, begun = under_their_names(named, stub=stub, cursor=context.cursor, seen=lambda name: mark(name) in before)
    capped = parsed.capped + max(len(named) - limits.max_entries, 0)
    mentions = tuple(named[: limits.max_entries])
    return replace(
        parsed,
        mentions=mentions,
        norms=tuple(normalise(mention.body) for mention in mentions),
        title=cut(line(parsed.title), LONGEST_NAME) or None if parsed.title else None,
        capped=capped,
        cursor={**parsed.cursor, **begun, **({SHARED: shared[-200:]} if shared else {})},
    )


def _known_shared(cursor: Mapping[str, Any]) -> Sequence[str]:
    value = cursor.get(SHARED)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _cleaned(raw: Mention, context: ParseContext, base: str) -> Mention | None:
    limits: Limits = context.limits
    title = cut(line(raw.title), limits.max_title) if raw.title else ""
    text = cut(clean(raw.text), limits.max_text) if raw.text else ""
    if not title and not text:
        return None
    published, whose = _moment(raw.published_at, raw.published_at_source, context.now)
    url = _short_url(absolute(base, raw.url))
    return Mention(
        external_id=_tidy_id(raw.external_id) or (identity(url) if url else ""),
        title=title,
        text=text,
        url=url,
        published_at=published,
        published_at_source=whose,
        author=cut(line(unescape(raw.author)), LONGEST_NAME) or None if raw.author else None,
        author_url=_short_url(absolute(base, raw.author_url)),
        author_followers=_count(raw.author_followers),
        rating=_rating(raw.rating),
        likes=_count(raw.likes),
        replies=_count(raw.replies),
        shares=_count(raw.shares),
        views=_count(raw.views),
        region=cut(line(raw.region), LONGEST_NAME) or None if raw.region else None,
        extra=_plain_values(raw.extra),
    )


def _moment(published: datetime, whose: str, now: datetime) -> tuple[datetime, str]:
    if published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    if whose != "author" or published > now + timedelta(days=1) or published.year < 1990:
        return now, "collector"
    return published, whose


def _tidy_id(text: str) -> str:
    text = line(str(text)) if text else ""
    return text if len(text) <= LONGEST_ID else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _short_url(url: str | None) -> str | None:
    return url if url and len(url) <= LONGEST_URL else None


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and 0 <= value < _WHOLE_LIMIT else None


def _rating(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 1 <= value <= 5 else None


def _plain_values(extra: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` as it may be stored as JSON and shown: strings cleaned and cut, nothing that JSON cannot hold."""
    return {
        str(key)[:100]: cut(clean(value), 2_000) if isinstance(value, str) else value
        for key, value in extra.items()
        if value is None
        or isinstance(value, str | int | list | dict)
        or (isinstance(value, float) and math.isfinite(value))
    }


def _named(mentions: list[Mention], shared_before: set[str]) -> tuple[list[Mention], list[str]]:
    """Mentions with identities of their own, entries that say the same twice once, and the shared identities."""
    named = [
        mention if mention.external_id else replace(mention, external_id=f"sha256:{mention.content_hash}")
        for mention in mentions
    ]
    counts = Counter(mention.external_id for mention in named)
    groups: dict[str, list[Mention]] = {}
    for mention in named:
        if counts[mention.external_id] > 1 or mention.external_id in shared_before:
            groups.setdefault(mention.external_id, []).append(mention)
    if not groups:
        return named, sorted(shared_before)
    own: dict[tuple[str, str | None, str, str], Mention] = {}
    shared = set(shared_before)
    for name, group in groups.items():
        different = {(mention.url, mention.title, mention.text): mention for mention in group}
        if len(different) > 1:
            shared.add(name)
        for key, mention in different.items():
            new = _own_name(mention, list(different.values())) if name in shared else mention
            own[(name, *key)] = new
    result: list[Mention] = []
    for mention in named:
        if mention.external_id not in groups:
            result.append(mention)
            continue
        found = own.pop((mention.external_id, mention.url, mention.title, mention.text), None)
        if found is not None:
            result.append(found)
    return result, sorted(shared)


def mark(external_id: str) -> str:
    """A short fingerprint of an id, to remember what came without what it was."""
    return hashlib.blake2s(external_id.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def name_before(external_id: str) -> str:
    """What an entry was called before another began to share its identity; any other name stays as it is."""
    return _OWN_MARK.sub("", external_id)


def _own_name(mention: Mention, group: list[Mention]) -> Mention:
    links = [identity(other.url) for other in group if other.url]
    by_link = mention.url is not None and links.count(identity(mention.url)) == 1
    own = identity(mention.url) if by_link and mention.url else f"{mention.title}\x00{mention.text}"
    mark = hashlib.sha256(own.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return replace(mention, external_id=f"{mention.external_id[: LONGEST_ID - 13]}#{mark}")
