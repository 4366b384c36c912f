"""From the keys of a page to its rows: one query for each table, whatever the number of rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from collectors.records import source_name
from storage.attach import themes_of
from storage.engine import AnyRow, Tx
from storage.records import MentionRow
from storage.schema import brand, mention, reading, source
from storage.schema_cases import case_mention
from storage.sql import chunks

Key = tuple[datetime, int, int]  # published_at, mention id, brand id

_NEVER_SHOWN = ("norm", "extra", "content_hash", "merge_key", "copy_key")
_COLUMNS = (
    reading.c.brand_id,
    brand.c.name.label("brand"),
    source.c.title.label("source_title"),
    source.c.url.label("source_url"),
    source.c.kind.label("source_kind"),
    source.c.sample,
    reading.c.channel,
    reading.c.sentiment,
    reading.c.label,
    reading.c.p_negative,
    reading.c.p_neutral,
    reading.c.p_positive,
    reading.c.confidence,
    reading.c.model,
    reading.c.corrected_by,
    reading.c.matched,
    reading.c.failed_reason,
    *(column for column in mention.columns if column.name not in _NEVER_SHOWN),
)


def hydrate(tx: Tx, keys: Sequence[Key]) -> list[MentionRow]:
    """The rows of these keys, in their order."""
    found: dict[tuple[int, int], MentionRow] = {}
    for part in chunks(keys):
        ids = sorted({mention_id for _, mention_id, _ in part})
        themes, cases = themes_of(tx, ids), _cases(tx, ids)
        joined = (
            reading.join(mention, mention.c.id == reading.c.mention_id)
            .join(brand, brand.c.id == reading.c.brand_id)
            .join(source, source.c.id == mention.c.source_id)
        )
        rows = tx.execute(select(*_COLUMNS).select_from(joined).where(reading.c.mention_id.in_(ids))).all()
        copies = _copies(tx, {row.copy_group for row in rows if row.copy_group is not None})
        for row in rows:
            facts = (tuple(themes.get(row.id, ())), tuple(cases.get(row.id, ())), copies.get(row.copy_group, 1))
            found[row.id, row.brand_id] = _row(row, *facts)
    wanted = ((mention_id, brand_id) for _, mention_id, brand_id in keys)
    return [found[key] for key in wanted if key in found]


def _cases(tx: Tx, mention_ids: Sequence[int]) -> dict[int, list[int]]:
    cases: dict[int, list[int]] = {}
    mine = select(case_mention.c.mention_id, case_mention.c.case_id).where(case_mention.c.mention_id.in_(mention_ids))
    for mention_id, case_id in tx.execute(mine.order_by(case_mention.c.case_id)):
        cases.setdefault(mention_id, []).append(case_id)
    return cases


def _copies(tx: Tx, groups: set[int]) -> dict[int, int]:
    counted = select(mention.c.copy_group, func.count()).where(mention.c.copy_group.in_(sorted(groups)))
    return {row[0]: row[1] for row in tx.execute(counted.group_by(mention.c.copy_group))}


def _row(row: AnyRow, themes: tuple[str, ...], cases: tuple[int, ...], copies: int) -> MentionRow:
    return MentionRow(
        id=row.id,
        brand_id=row.brand_id,
        brand=row.brand,
        source_id=row.source_id,
        source_title=source_name(row.source_title, row.source_url),
        source_kind=row.source_kind,
        channel=row.channel,
        url=row.url,
        external_id=row.external_id,
        title=row.title,
        text=row.text,
        lang=row.lang,
        author=row.author,
        author_url=row.author_url,
        author_followers=row.author_followers,
        published_at=row.published_at,
        published_at_source=row.published_at_source,
        collected_at=row.collected_at,
        rating=row.rating,
        likes=row.likes,
        replies=row.replies,
        shares=row.shares,
        views=row.views,
        sentiment=row.sentiment,
        label=row.label,
        p_negative=row.p_negative,
        p_neutral=row.p_neutral,
        p_positive=row.p_positive,
        confidence=row.confidence,
        model=row.model,
        corrected_by=row.corrected_by,
        themes=themes,
        region=row.region,
        copy_group=row.copy_group,
        copies=copies,
        first_in_group=None if row.copy_group is None else row.copy_group == row.id,
        flagged=row.flagged,
        note=row.note,
        cases=cases,
        matched=row.matched,
        keywords=tuple(row.keywords or ()),
        failed_reason=row.failed_reason,
        sample=row.sample,
    )
