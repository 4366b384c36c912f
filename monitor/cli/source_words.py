"""A source as scripts see it and in one line for a person."""

from typing import TYPE_CHECKING, Any

from monitor.cli.common import now
from monitor.plain import iso, mask_secrets, mask_url, several

if TYPE_CHECKING:
    from storage.records import SourceRecord


def as_object(record: "SourceRecord") -> dict[str, Any]:
    """A source as scripts see it. Never tried: no status, no error, no success."""
    from collectors.records import Status
    from monitor.bringing import is_brought

    given = record.state.standing
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
        "last_new_at": record.last_new_at,
        "success_share_7d": record.success_share_7d,
        "usual_interval_seconds": record.usual_interval_s,
        "overdue": record.overdue(now()) is not None,
        "advice": record.last_advice if ended else None,
        "page_rating": given and given.rating,
        "page_ratings": given and given.count,
        "note": given and given.in_words,
    }


def in_words(source: dict[str, Any]) -> str:
    """One line about a source for a person."""
    state = (source["status"] or "not tried yet").replace("_", " ")
    parts = [
        f"{source['id']}  {source['kind']}  {source['url']}",
        source["channel"],
        state,
        several(source["total"], "mention"),
    ]
    parts += [f"for {source['brand']}"] if source["brand"] else []
    parts += [f"{source['capped']} more left out by a limit"] if source["capped"] else []
    parts += [source["last_error"]] if source["last_error"] else []
    parts += [source["advice"]] if source["advice"] else []
    parts += [source["note"]] if source["note"] else []
    parts += ["quiet for longer than usual"] if source["overdue"] else []
    parts += [f"last heard {iso(source['last_success_at'])}"] if source["last_success_at"] else []
    parts += [f"next try {iso(source['next_check_at'])}"] if source["next_check_at"] else []
    return "; ".join(parts)
