"""Configuration files from anybody: what is wrong is named to its key, and nothing grows."""

from contextlib import suppress
from datetime import timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzers.rules import RuleBody, rule_to_plain
from errors import InputError
from monitor.configuration import LARGEST, checked, read_yaml
from monitor.rules import MADE
from storage.config import FORMAT, export_config, import_config
from storage.rules import add_rule
from storage.settings_store import set_setting
from tests.storage.builders import NOW, a_brand, a_source

FEED = "url: 'http://example.com/f', kind: feed, channel: news"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)


def read(text: str):
    return checked(read_yaml(f"fengping: {FORMAT}\n{text}\n".encode()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("brand: []", "no key 'brand'; the keys are fengping, brands"),
        ("brands: {a: 1}", "'brands' must be a list"),
        ("brands: [Acme]", "brand 1 must be a mapping"),
        ("brands: [{aliases: []}]", "brand 1 has no 'name'"),
        ("brands: [{name: 5}]", "brand 1: 'name' must be a text"),
        ("brands: [{name: A}, {name: B, alias: [C]}]", "brand 2: there is no key 'alias'"),
        ("brands: [{name: A, aliases: B}]", "brand 1: 'aliases' must be a list"),
        ("brands: [{name: A, competitor: 'no'}]", "brand 1: 'competitor' must be true or false"),
        ("brands: [{name: Acme}, {name: ＡＣＭＥ}]", "brand 2: .* is there twice, as brand 1"),
        ('brands: [{name: "a\\u001b[2J"}]', "brand 1.*'name'.*cannot be seen"),
        ('brands: [{name: A, aliases: ["\\ud83d"]}]', "cannot be seen"),
        ("sources: [{url: 'http://example.com/f', kind: feed}]", "source 1 has no 'channel'"),
        ("sources: [{url: 'ftp://example.com', kind: feed, channel: news}]", r"source 1 \(ftp.*no web address"),
        ("sources: [{url: 'http://example.com', kind: pigeon, channel: news}]", "source 1.*no kind 'pigeon'"),
        ("sources: [{url: 'http://example.com', kind: feed, channel: smoke}]", "source 1.*no channel 'smoke'"),
        (f"sources: [{{{FEED}, every_seconds: 0}}]", "'every_seconds' must be a whole number"),
        (f"sources: [{{{FEED}, every_seconds: {10**30}}}]", "'every_seconds' is too large"),
        (f"sources: [{{{FEED}, options: [1]}}]", "'options' must be a mapping"),
        (f"sources: [{{{FEED}, options: {{a: 2026-01-01}}}}]", "'options', 'a': a date"),
        (f"sources: [{{{FEED}, options: {{token: '***'}}}}]", "'token' is masked"),
        (f"sources: [{{{FEED}, options: {{country: cn}}}}]", "kind feed has no option 'country'"),
        (f"sources: [{{{FEED}, keep_all: true}}]", "'keep_all' needs 'brands'"),
        ("sources: [{url: 'http://***@example.com/f', kind: feed, channel: news}]", "'url' is masked"),
        ("rules: [{name: r}]", "rule 1 has no 'body'"),
        ("rules: [{name: r, body: {measure: mood}}]", r"rule 1 \('r'\): measure 'mood'"),
        ("rules: [{name: r, body: {colour: red}}]", "no field 'colour'"),
        ("rules: [{name: r, body: {scope: [1]}}]", "'scope' must be a mapping"),
        ("rules: [{name: r, body: {scope: {brands: [[1]]}}}]", "'brands' of 'scope' must be a text"),
        ("rules: [{name: r, body: {tell: {pink: []}}}]", "level 'pink'"),
        (
            "rules: [{name: r, body: {scope: {channels: [radio]}}}]",
            r"rule 1 \('r'\): channel 'radio' is not one of news",
        ),
        ("rules: [{name: r, body: {}}, {name: r, body: {}}]", "rule 2: 'r' is there twice"),
        ("settings: {mood: 1}", "'settings': there is no key 'mood'"),
        ("settings: {zone: Mars/Base}", "setting 'zone'"),
        ("settings: {levels: {strength: [3, 2, 1]}}", "setting 'levels'"),
        ("settings: {zone: .nan}", "'zone' is no finite number"),
        ("settings: {1: 2}", "must be a text"),
    ],
)
def test_a_fault_is_named_to_its_key(text, words):
    with pytest.raises(InputError, match=words) as told:
        read(text)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "format"),
        (b"fengping: '1'", "format"),
        (b"fengping: 1\nbrands: [\n  {name: a\n", "row"),
        (b"a: 1\na: 2", "row 2: the key 'a' is there twice"),
        (b"a: 1\n---\nb: 2", "another document"),
        (b"a: &a [*a]", "row 1: a value holds itself"),
        (BOMB.encode(), "values"),
        (b"a: !!python/object/apply:os.system ['true']", "constructor"),
        (b"a: 2026-13-45", "cannot be read"),
        (b"a: !!bool maybe", "cannot be read"),
        (b"a: " + b"[" * 5_000, "cannot be read|not YAML"),
        ("名: 值".encode("gb18030"), "not YAML"),
        (b"#" * (LARGEST + 1), "larger"),
    ],
)
def test_a_file_that_is_none_is_told(data, words):
    with pytest.raises(InputError, match=words):
        checked(read_yaml(data))


@given(st.binary(max_size=200) | st.text("{}[]&*!|>:-,'\"#%@ \nab1<.?~", max_size=60).map(str.encode))
def test_any_bytes_are_a_configuration_or_an_input_error(data):
    with suppress(InputError):
        checked(read_yaml(data))


def test_what_was_exported_is_accepted_and_changes_nothing(store):
    with store.begin() as tx:
        brand = a_brand(tx, "苹果", aliases=["Apple", "no", "1"], excludes=["苹果汁: 甜"], requires=["手机"])
        a_source(tx, brands=[brand.id], keep_all=True, options={"depth": 2}, every=timedelta(days=2))
        a_source(tx, "file:reviews.csv", kind="file", channel="social", title="reviews.csv")
        a_source(tx, channel="blog", brands=[brand.id])  # one address twice, for two channels
        set_setting(tx, MADE, True, who="x", now=NOW)
        add_rule(tx, "规则", rule_to_plain(RuleBody(floor=5)), who="x", now=NOW)
        plain = export_config(tx, now=NOW)
        values = checked(read_yaml(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False).encode()))
        done = import_config(tx, values, who="x", now=NOW)
        assert (done.added, done.changed, done.brands) == (0, 0, ())
        assert export_config(tx, now=NOW) == plain


def test_what_the_file_does_not_say_stays_as_it_is(store):
    with store.begin() as tx:
        brand = a_brand(tx, "Acme", aliases=["艾克"], competitor=True)
        source = a_source(tx, "http://example.com/f", options={"depth": 2}, every=timedelta(hours=2))
        wanted = read(f"brands: [{{name: ACME, excludes: [acme city]}}]\nsources: [{{{FEED}, paused: true}}]")
        done = import_config(tx, wanted, who="x", now=NOW)
        assert (done.added, done.changed, [one.name for one in done.brands]) == (0, 2, ["ACME"])
        after = export_config(tx, now=NOW)
        assert after["brands"] == [
            {
                "name": "ACME",
                "aliases": list(brand.aliases),
                "excludes": ["acme city"],
                "requires": [],
                "competitor": True,
            }
        ]
        assert (after["sources"][0]["options"], after["sources"][0]["every_seconds"]) == ({"depth": 2}, 7200)
        assert (after["sources"][0]["paused"], source.id) == (True, 1)


def test_a_store_that_was_given_rules_keeps_those():
    assert read("rules: [{name: r, body: {}}]")["settings"] == {MADE: True}
    assert read("brands: []")["settings"] == {}


def test_who_is_told_and_is_not_here_is_said(store):
    with store.begin() as tx:
        wanted = read("rules: [{name: r, body: {tell: {red: [duty, duty], orange: [mail]}}}]")
        assert import_config(tx, wanted, who="x", now=NOW).missing_targets == ("duty", "mail")
