"""What a configuration file says, checked to the last key before anything of it is stored.

Promise: a fault is one sentence that names the entry and the key; nothing is guessed, also not what a misspelt key was
to mean. A file may come from anybody: YAML's own objects are not made, references are counted as often as they are
used, so that a few lines cannot become a gigabyte, and what holds itself is refused. Blind spot: whether an address
answers, or a kind likes its options' values, is seen when the source is collected.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from analyzers.levels import levels_from_plain
from analyzers.rules import rule_from_plain, rule_to_plain
from analyzers.text.themes import themes_from
from collectors.kinds import get_kind, options_of
from collectors.opml import web_address
from collectors.options import check_names
from collectors.records import CHANNELS, Source
from errors import InputError
from monitor.plain import MASK, clean, line
from monitor.rules import MADE
from storage.brands import NAME_LIMIT, folded_name
from storage.config import FORMAT, NOT_CARRIED, PARTS

LARGEST = 2_000_000  # bytes
MOST_VALUES = 200_000
LONGEST_TEXT = 10_000
YEAR = 366 * 86_400

Plain = dict[str, Any]


def read_yaml(data: bytes) -> Any:
    """The one document of a YAML file as plain values. Raises InputError."""
    import yaml

    if len(data) > LARGEST:
        raise InputError(f"the file is larger than {LARGEST // 1_000_000} MB")
    broken = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)
    loader: Any = None
    try:
        loader = yaml.SafeLoader(data)
        node = loader.get_single_node()
        if node is None:
            return None
        if _weight(node, {}, set()) > MOST_VALUES:
            raise InputError(f"the file comes to more than {MOST_VALUES} values")
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise InputError(f"this is not YAML ({problem})", row=mark.line + 1 if mark else None) from error
    except broken as error:  # what PyYAML raises for a value that is none of its type, as the date 2026-13-45
        raise InputError(f"a value cannot be read ({error})") from error
    finally:
        if loader is not None:
            loader.dispose()


def _weight(node: Any, known: dict[int, int], around: set[int]) -> int:
    """How many values a node comes to. Raises InputError for one that holds itself, and for a key given twice."""
    if id(node) in around:
        raise InputError("a value holds itself", row=node.start_mark.line + 1)
    if id(node) not in known:
        pairs = node.value if node.id == "mapping" else []
        _keys_once(pairs)
        children = node.value if node.id == "sequence" else [part for pair in pairs for part in pair]
        around.add(id(node))
        known[id(node)] = 1 + sum(_weight(child, known, around) for child in children)
        around.discard(id(node))
    return known[id(node)]


def _keys_once(pairs: Iterable[tuple[Any, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key.id == "scalar" and key.value != "<<":
            if key.value in seen:
                raise InputError(f"the key '{key.value}' is there twice", row=key.start_mark.line + 1)
            seen.add(key.value)


def checked(values: Any) -> Plain:
    """What `storage.config.import_config` may be given. Raises InputError naming the entry and the key."""
    if not isinstance(values, Mapping) or values.get("fengping") != FORMAT:
        raise InputError(
            f"this is no configuration of format {FORMAT}: it must say `fengping: {FORMAT}`, as `config export` writes it"
        )
    _known_keys(values, ("fengping", *PARTS), "the file")
    brands = [_brand(one, f"brand {at}") for at, one in _entries(values, "brands")]
    _each_once([folded_name(one["name"]) for one in brands], "brand")
    rules = [_rule(one, f"rule {at}") for at, one in _entries(values, "rules")]
    _each_once([one["name"] for one in rules], "rule")
    return {
        "fengping": FORMAT,
        "brands": brands,
        "sources": [_source(one, f"source {at}") for at, one in _entries(values, "sources")],
        "rules": rules,
        # a store that has rules, from wherever, is not to be given the two it would begin with
        "settings": {**({MADE: True} if rules else {}), **_settings(values.get("settings") or {})},
    }


def _entries(values: Mapping[str, Any], part: str) -> Iterable[tuple[int, Any]]:
    found = values.get(part)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise InputError(f"'{part}' must be a list")
    return enumerate(found, 1)


def _each_once(names: Sequence[str], what: str) -> None:
    first: dict[str, int] = {}
    for at, name in enumerate(names, 1):
        if first.setdefault(name, at) != at:
            raise InputError(f"{what} {at}: '{name}' is there twice, as {what} {first[name]} too")


def _brand(given: Any, where: str) -> Plain:
    kinds = {"name": _name, "aliases": _names, "excludes": _names, "requires": _names, "competitor": _flag}
    return _fields(given, where, kinds, needed=("name",))


def _source(given: Any, where: str) -> Plain:
    kinds = {"url": _text, "kind": _text, "channel": _text, "title": _title, "brands": _names, "keep_all": _flag,
             "every_seconds": _seconds, "options": _options, "paused": _flag}  # fmt: skip
    values = _fields(given, where, kinds, needed=("url", "kind", "channel"))
    where = f"{where} ({values['url']})"
    if MASK in values["url"]:
        raise InputError(f"{where}: 'url' is masked; export again with --secrets, or write the address in")
    if values["channel"] not in CHANNELS:
        raise InputError(f"{where}: there is no channel '{values['channel']}'; choose one of {', '.join(CHANNELS)}")
    if values.get("keep_all") and not values.get("brands"):
        raise InputError(f"{where}: 'keep_all' needs 'brands' to keep the entries under")
    _said_where(where, _check_kind, values)
    return values


def _check_kind(values: Plain) -> None:
    kind = get_kind(values["kind"])
    brought = kind.name == "inbox" or (kind.name == "file" and values["url"].startswith("file:"))
    if not brought:
        values["url"] = web_address(values["url"])
        options = values.get("options", {})
        check_names(options_of(kind.name), options, kind=kind.name)
        kind.check(Source(0, values["url"], kind.name, values["channel"], options=options))


def _rule(given: Any, where: str) -> Plain:
    values = _fields(given, where, {"name": _name, "enabled": _flag, "body": _mapping}, needed=("name", "body"))
    where = f"{where} ('{values['name']}')"
    body = dict(values["body"])
    scope = _mapping(body.pop("scope", None) or {}, f"{where}: 'scope'")
    tell = _mapping(body.pop("tell", None) or {}, f"{where}: 'tell'")
    named = {key: _names(scope.pop(key, None) or [], f"{where}: '{key}' of 'scope'") for key in ("brands", "sources")}
    for key in ("channels", "langs", "themes"):
        _names(scope.get(key) or [], f"{where}: '{key}' of 'scope'")
    if any(MASK in url for url in named["sources"]):
        raise InputError(f"{where}: a source of 'scope' is masked; export again with --secrets")
    told = {str(level): _names(who, f"{where}: '{level}' of 'tell'") for level, who in tell.items()}
    levels: Plain = {level: [] for level in told}
    plain = _said_where(
        where, lambda one: rule_to_plain(rule_from_plain(one)), {**body, "scope": scope, "tell": levels}
    )
    return {
        "name": values["name"],
        "enabled": values.get("enabled", True),
        "body": {**plain, "scope": {**plain["scope"], **named}, "tell": told},
    }


def _settings(given: Any) -> Plain:
    values = _mapping(given, "'settings'")
    checks: dict[str, Callable[[Any], Any]] = {
        "levels": levels_from_plain,
        "themes": themes_from,
        "zone": _zone,
        MADE: bool,
    }
    _known_keys(values, (*checks, *NOT_CARRIED), "'settings'")
    for name, value in values.items():
        if name in checks and value is not None:
            _said_where(f"setting '{name}'", checks[name], value)
    return dict(values)


def _zone(name: Any) -> None:
    if name:
        ZoneInfo(name)


def _said_where(where: str, check: Callable[[Any], Any], value: Any) -> Any:
    """What a check gives; its fault, whatever it is called, begins with the place."""
    try:
        return check(value)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, OSError) as error:
        raise InputError(f"{where}: this is of the wrong kind ({error})") from error


def _fields(given: Any, where: str, kinds: Mapping[str, Callable[[Any, str], Any]], *, needed: Sequence[str]) -> Plain:
    """The entry's values by key. A key without a value is a key that is not there: what it stands for stays as it is."""
    values = _mapping(given, where)
    _known_keys(values, tuple(kinds), where)
    for key in needed:
        if values.get(key) is None:
            raise InputError(f"{where} has no '{key}'")
    return {key: kinds[key](value, f"{where}: '{key}'") for key, value in values.items() if value is not None}


def _known_keys(values: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in values:
        if key not in known:
            raise InputError(f"{where}: there is no key '{clean(str(key))[:60]}'; the keys are {', '.join(known)}")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where} must be a text; put it between quotes if it is one")
    if len(value) > LONGEST_TEXT or clean(value) != value:
        raise InputError(f"{where} is too long, or holds characters that cannot be seen")
    return value.strip()


def _name(value: Any, where: str) -> str:
    name = " ".join(_text(value, where).split())
    if len(name) > NAME_LIMIT:
        raise InputError(f"{where} has at most {NAME_LIMIT} characters, this has {len(name)}")
    return name


def _title(value: Any, where: str) -> str:
    """What a source calls itself: words of others, and no reason to refuse a file."""
    if not isinstance(value, str):
        raise InputError(f"{where} must be a text; put it between quotes if it is one")
    return line(value)[:LONGEST_TEXT]


def _names(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise InputError(f"{where} must be a list of texts")
    return [" ".join(_text(one, where).split()) for one in value]


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{where} must be true or false")
    return value


def _seconds(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= YEAR:
        raise InputError(f"{where} must be a whole number of seconds from 1 to {YEAR}")
    return value


def _mapping(value: Any, where: str) -> Plain:
    """Keys and values that JSON can hold, at any depth."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where} must be a mapping of keys to values")
    _json(value, where)
    return dict(value)


def _json(value: Any, where: str) -> None:
    if isinstance(value, Mapping):
        for key, one in value.items():
            if not isinstance(key, str) or clean(key) != key:
                raise InputError(f"{where}: the key {json.dumps(clean(str(key))[:60])} must be a text")
            _json(one, f"{where}, '{key}'")
    elif isinstance(value, list):
        for one in value:
            _json(one, where)
    elif isinstance(value, str):
        if clean(value) != value:
            raise InputError(f"{where} holds characters that cannot be seen")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{where} is no finite number")
    elif isinstance(value, int) and abs(value) >= 2**63:
        raise InputError(f"{where} is too large a number")
    elif value is not None and not isinstance(value, bool | int | float):
        raise InputError(f"{where}: a {type(value).__name__} is none of text, number, true, false, list or mapping")


def _options(value: Any, where: str) -> Plain:
    options = _mapping(value, where)
    for key, one in options.items():
        if one == MASK:
            raise InputError(f"{where}, '{key}' is masked; export again with --secrets, or write it in")
    return options
