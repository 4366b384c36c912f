"""What people decided, as plain values, to be carried to another installation: brands, sources, rules, settings.

Ids mean nothing elsewhere, so names and addresses stand in their place. Targets are left out: they are secrets; a
rule's list of who is told is carried by name, finds the targets that are there, and says which are not. Importing adds
what is missing and changes what has the same name, in what the file says of it; it deletes nothing, and the same file
again changes nothing. What a file from elsewhere says is checked before, by monitor.configuration.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.records import Brand, Status
from errors import InputError
from storage.brands import add_brand, folded_name, list_brands, sample_brands, update_brand
from storage.engine import Tx
from storage.outbox import list_targets
from storage.records import SourceRecord
from storage.rules import add_rule, enable_rule, list_rules, update_rule
from storage.settings_store import all_settings, get_setting, set_setting
from storage.sources import add_source, list_sources, update_source

FORMAT = 1
PARTS = ("brands", "sources", "rules", "settings")
NOT_CARRIED = ("sample", "last_person", "clock")  # settings that are true of one installation only


@dataclass(frozen=True)
class Imported:
    """What an import did: how many were added and changed; the brands whose words are others now, to be matched with
    what is stored; the targets that rules name and that are not here."""

    added: int
    changed: int
    brands: tuple[Brand, ...] = ()
    missing_targets: tuple[str, ...] = ()


def export_config(tx: Tx, *, now: datetime, sample: bool = False) -> dict[str, Any]:
    """Brands, sources, rules and settings. The sample workspace is left out unless asked for."""
    records = [one for one in list_sources(tx, now, shares=False) if sample or not one.sample]
    names = {one.id: one.name for one in list_brands(tx)}
    hidden = set() if sample else sample_brands(tx)
    return {
        "fengping": FORMAT,
        "brands": [
            {
                "name": one.name,
                "aliases": list(one.aliases),
                "excludes": list(one.excludes),
                "requires": list(one.requires),
                "competitor": one.competitor,
            }
            for one in list_brands(tx)
            if one.id not in hidden
        ],
        "sources": [
            {
                "url": one.source.url,
                "kind": one.source.kind,
                "channel": one.source.channel,
                "title": one.source.title,
                "brands": [names[brand_id] for brand_id in one.source.brands],
                "keep_all": one.source.keep_all,
                "every_seconds": int(one.source.every.total_seconds()),
                "options": one.source.options,
                "paused": one.status is Status.PAUSED,
            }
            for one in records
        ],
        "rules": _exported_rules(tx, now, sample=sample),
        "settings": {name: value for name, value in all_settings(tx).items() if name not in NOT_CARRIED},
    }


def _exported_rules(tx: Tx, now: datetime, *, sample: bool) -> list[dict[str, Any]]:
    brands = {one.id: one.name for one in list_brands(tx)}
    urls = {one.source.id: one.source.url for one in list_sources(tx, now, shares=False)}
    targets = {one.id: one.name for one in list_targets(tx)}
    return [
        {"name": one.name, "enabled": one.enabled, "body": _translated(one.body, brands, urls, targets)}
        for one in list_rules(tx)
        if sample or not one.sample
    ]


def import_config(tx: Tx, plain: Mapping[str, Any], *, who: str, now: datetime) -> Imported:
    """Add and change what the file says. Raises InputError naming the part that is wrong; then nothing is changed
    when the caller's transaction ends with it."""
    if not isinstance(plain, Mapping) or plain.get("fengping") != FORMAT:
        raise InputError(f"this is no configuration of Fengping's format {FORMAT}")
    for name in PARTS:
        kind = dict if name == "settings" else list
        if not isinstance(plain.get(name) or kind(), kind):
            raise InputError(f"'{name}' is of the wrong kind")
    brands_added, brands_changed, others = _import_brands(tx, plain.get("brands") or [], now)
    done = [
        (brands_added, brands_changed),
        _import_sources(tx, plain.get("sources") or [], now),
        _import_rules(tx, plain.get("rules") or [], who, now),
        _import_settings(tx, plain.get("settings") or {}, who, now),
    ]
    missing = _missing_targets(tx, plain.get("rules") or [])
    return Imported(sum(added for added, _ in done), sum(changed for _, changed in done), others, missing)


def _import_brands(tx: Tx, brands: Sequence[Any], now: datetime) -> tuple[int, int, tuple[Brand, ...]]:
    known = {folded_name(one.name): one for one in list_brands(tx)}
    others: list[Brand] = []
    added = changed = 0
    for at, wanted in enumerate(brands, 1):
        name = _text(wanted, "name", f"brand {at}")
        words: dict[str, Any] = {
            key: _texts(wanted, key, f"brand '{name}'") for key in ("aliases", "excludes", "requires") if key in wanted
        }
        competitor = wanted.get("competitor")
        before = known.get(folded_name(name))
        if before is None:
            add_brand(tx, name, **words, competitor=bool(competitor), now=now)
            added += 1
            continue
        after = update_brand(tx, before.id, name=name, **words, competitor=competitor)
        changed += after != before
        if (after.names, after.excludes, after.requires) != (before.names, before.excludes, before.requires):
            others.append(after)
    return added, changed, tuple(others)


def _import_sources(tx: Tx, sources: Sequence[Any], now: datetime) -> tuple[int, int]:
    brands = {one.name: one.id for one in list_brands(tx)}
    known = list_sources(tx, now, shares=False)
    added = changed = 0
    for at, wanted in enumerate(sources, 1):
        url = _text(wanted, "url", f"source {at}")
        where = f"source '{url}'"
        ids = tuple(_of(brands, name, "brand", where) for name in _texts(wanted, "brands", where))
        kind, channel = _text(wanted, "kind", where), _text(wanted, "channel", where)
        values: dict[str, Any] = {key: wanted[key] for key in ("options", "title", "keep_all") if key in wanted}
        values["channel"] = channel
        if "every_seconds" in wanted:
            values["every"] = timedelta(seconds=wanted["every_seconds"])
        before = _twin(known, url, kind, set(ids), channel)
        if before is None:
            made = add_source(tx, url, kind=kind, brands=ids, now=now, **values)
            if wanted.get("paused"):
                update_source(tx, made.id, paused=True, now=now)
            added += 1
        else:
            known.remove(before)
            paused = wanted.get("paused", before.status is Status.PAUSED)
            turned = paused if paused != (before.status is Status.PAUSED) else None
            after = update_source(tx, before.source.id, paused=turned, now=now, **values)
            changed += after.source != before.source or turned is not None
    return added, changed


def _twin(known: Sequence[SourceRecord], url: str, kind: str, ids: set[int], channel: str) -> SourceRecord | None:
    """The source that is meant: of that address, kind and brands; of several, the one in that channel."""
    alike = [one for one in known if (one.source.url, one.source.kind, set(one.source.brands)) == (url, kind, ids)]
    return next((one for one in alike if one.source.channel == channel), alike[0] if alike else None)


def _import_rules(tx: Tx, rules: Sequence[Any], who: str, now: datetime) -> tuple[int, int]:
    brands = {one.name: one.id for one in list_brands(tx)}
    urls = {one.source.url: one.source.id for one in list_sources(tx, now, shares=False)}
    targets = {one.name: one.id for one in list_targets(tx)}
    known = {one.name: one for one in list_rules(tx)}
    added = changed = 0
    for at, wanted in enumerate(rules, 1):
        name = _text(wanted, "name", f"rule {at}")
        if not isinstance(wanted.get("body"), Mapping):
            raise InputError(f"rule '{name}' has no body")
        body = _translated(wanted["body"], brands, urls, targets)
        enabled = bool(wanted.get("enabled", True))
        if name not in known:
            add_rule(tx, name, body, who=who, now=now, what="imported", enabled=enabled)
            added += 1
            continue
        update_rule(tx, known[name].id, body=body, who=who, now=now, what="imported")
        after = enable_rule(tx, known[name].id, enabled, who=who, now=now)
        changed += after.version != known[name].version
    return added, changed


def _import_settings(tx: Tx, settings: Mapping[str, Any], who: str, now: datetime) -> tuple[int, int]:
    changed = 0
    for name, value in settings.items():
        if name not in NOT_CARRIED and get_setting(tx, str(name)) != value:
            set_setting(tx, str(name), value, who=who, now=now)
            changed += 1
    return 0, changed


def _missing_targets(tx: Tx, rules: Sequence[Any]) -> tuple[str, ...]:
    here = {one.name for one in list_targets(tx)}
    return tuple(dict.fromkeys(name for name in _told(rules) if name not in here))


def _told(rules: Sequence[Any]) -> Iterator[str]:
    """Names of everybody whom rules tell."""
    for one in rules:
        for names in (one["body"].get("tell") or {}).values():
            yield from names


def _translated(
    body: Mapping[str, Any], brands: Mapping[Any, Any], sources: Mapping[Any, Any], targets: Mapping[Any, Any]
) -> dict[str, Any]:
    """A rule's body with ids for names, or names for ids. Who is not there to be told is left out; a brand or
    source that is not there would widen the rule, so that is an error."""
    made = dict(body)
    scope = dict(body.get("scope") or {})
    for key, known, what in (("brands", brands, "brand"), ("sources", sources, "source")):
        if scope.get(key):
            scope[key] = [_of(known, one, what, "a rule's scope") for one in scope[key]]
    if scope:
        made["scope"] = scope
    if body.get("tell"):
        made["tell"] = {level: [targets[one] for one in told if one in targets] for level, told in body["tell"].items()}
    return made


def _of(known: Mapping[Any, Any], wanted: Any, what: str, where: str) -> Any:
    if wanted not in known:
        raise InputError(f"{where}: there is no {what} '{wanted}'")
    return known[wanted]


def _text(wanted: Any, key: str, where: str) -> str:
    value = wanted.get(key) if isinstance(wanted, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where} has no '{key}'")
    return value


def _texts(wanted: Mapping[str, Any], key: str, where: str) -> list[str]:
    values = wanted.get(key) or []
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise InputError(f"{where}: '{key}' is no list of words")
    return values
