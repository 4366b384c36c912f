"""A month of usual days, bursts of complaints and a store that is judged: what the tests of judging share."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analyzers.rules import RuleBody, rule_to_plain
from collectors.records import SourceState
from monitor.rules import ensure_default_rules, evaluate
from settings import Settings
from storage import cases, outbox, readings, rules
from storage.engine import Store
from tests.storage import builders
from tests.storage.builders import heard, say

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def usual(days: float, *, until: datetime = NOW, seed: int = 12, a_day: float = 40.0):
    """Days of mentions with a night and a day, one in eight a complaint. The seed is one whose month rings by itself nowhere."""
    chance, made, at = random.Random(seed), [], until - timedelta(days=days)
    while at < until:
        lively = a_day / 24 * (1.7 if 1 <= at.hour < 15 else 0.3)
        for _ in range(min(8, sum(chance.random() < lively / 8 for _ in range(8)))):
            when, number = at + timedelta(minutes=chance.randrange(60)), len(made)
            bad = chance.random() < 1 / 8
            text = f"my Acme phone number {seed}-{number} {'came broken again' if bad else 'arrived this morning'}"
            made.append(say(f"u{seed}-{number}", text, published_at=when, author=f"reader {number % 300}"))
        at += HOUR
    return made


def complaints(
    n: int, *, since: float = 2.0, until: float = 0.1, key: str = "c", voices: int = 1000, copied: bool = False
):
    """Complaints spread evenly over some hours before now; when `copied`, every third says the same."""
    step = (since - until) / n
    return [
        say(
            f"{key}{i}",
            "do not buy the Acme battery it swells and is broken"
            if copied and i % 3 == 0
            else f"{key} {i} the Acme battery broken and swells, case {i * 7919 % 1000}",
            hours_ago=since - i * step,
            author=f"angry {key} {i % voices}",
        )
        for i in range(n)
    ]


def hear(store: Store, source, found, brand_ids, *, at: datetime = NOW, read: bool = True) -> None:
    """Collect and read: what says 'broken' is a complaint."""
    with store.begin() as tx:
        told = heard(source, *found, state=SourceState(last_success_at=at))
        builders.store(tx, source, *found, brands=brand_ids, now=at, collected=told)
    while read:
        with store.begin() as tx:
            waiting = readings.unread(tx, model="m1", limit=500)
            readings.store_readings(tx, [_read(one) for one in waiting], now=at)
        if not waiting:
            return


def _read(one):
    bad = "broken" in one.text
    words = tuple(word for word in one.text.replace(",", "").split() if word.isalpha())
    return builders.read(one, "negative" if bad else "neutral", tokens=words, themes=("quality",) if bad else ())


@dataclass
class Watch:
    """A store with one brand, its source, and who is told."""

    store: Store
    settings: Settings
    brand: object
    source: object

    def hear(self, *found, at=NOW, source=None):
        hear(self.store, source or self.source, found, [self.brand], at=at)

    def judge(self, *, at=NOW, **more) -> int:
        return evaluate(self.store, settings=self.settings, now=at, **more)

    def target(self, name="duty", **more):
        with self.store.begin() as tx:
            return outbox.add_target(tx, name, url="http://127.0.0.1:1/", kind="webhook", secret="s", **more)

    def rule(self, name="mine", body=None, **more):
        with self.store.begin() as tx:
            return rules.add_rule(tx, name, rule_to_plain(body or RuleBody(**more)), who="ops", now=NOW)

    def only(self, body: RuleBody):
        """The default rule with another body, and no rule of silence."""
        ensure_default_rules(self.store, now=NOW)
        with self.store.begin() as tx:
            first, silence = rules.list_rules(tx)
            rules.update_rule(tx, first.id, body=rule_to_plain(body), who="ops", now=NOW, what="test")
            rules.enable_rule(tx, silence.id, False, who="ops", now=NOW)

    @property
    def cases(self):
        with self.store.read() as tx:
            return cases.list_cases(tx)

    @property
    def case(self):
        (found,) = self.cases
        return found

    def log(self, case_id=None):
        with self.store.read() as tx:
            return [entry.what for entry in cases.case_log(tx, case_id or self.case.id)]

    @property
    def told(self):
        """(target, event, level) of everything in the outbox."""
        with self.store.read() as tx:
            items = outbox.list_outbox(tx, limit=100)
        return sorted((one.target.name, one.payload["event"], one.payload["level"]) for one in items)
