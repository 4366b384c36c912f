"""Rules of silence: a brand or a source that went quiet opens a case.

A brand is judged by its own last gaps between mentions, a source by its. Time in which nobody could listen is taken off:
a source that cannot be heard opens another kind of case (monitor.unheard), so that "quiet" is never "we went blind".
When it speaks again the case ends and says so. A scope's languages, themes and search narrow what counts as speaking.

Blind spot: fewer than two mentions say nothing of a habit, and a store's only source is judged as its brand alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from analyzers.spikes import LOOK_BACK, Silence, overdue, share_of
from monitor import cases, quiet, unheard
from monitor.explaining import silence_account
from monitor.quiet import Listening
from storage import cases as stored
from storage import pages, spikes
from storage.engine import Store, Tx
from storage.records import SpikeRecord
from storage.speakers import Speaker, deaf, said_by, speakers


def judge(store: Store, asked: Listening) -> int:
    """Open a case for what went quiet or cannot be heard, end those of what is over. Returns how many were opened."""
    opened = unheard.judge(store, asked)
    everyone = speakers(asked.wanted, asked.sources)
    voices = Counter(one.brand_id for one in everyone if one.source is not None)
    with store.read() as tx:
        running = _running(tx, asked, asked.brands)
        heard = [(one, _said(tx, asked, one, sources=voices[one.brand_id])) for one in everyone]
    silent = {_who(one) for one in running}
    begun = {(one.brand_id, one.start_at) for one in running}  # what fell silent in one moment is one spike
    for speaker, said in heard:
        who = speaker.brand_id, _source_id(speaker)
        told = who in silent or (said is not None and (speaker.brand_id, said.since) in begun)
        # most speak, or go on saying nothing: only a change needs the store's one writer
        if said is not None and (not told if said.quiet else who in silent):
            with store.begin() as tx:
                opened += _ring(tx, asked, speaker, said)
    return opened


def _source_id(speaker: Speaker) -> int | None:
    return speaker.source.source.id if speaker.source else None


def _who(spike: SpikeRecord) -> tuple[int, int | None]:
    return spike.brand_id, spike.figures.get("source_id")


def _running(tx: Tx, asked: Listening, brands: Sequence[int]) -> list[SpikeRecord]:
    """The silences of these brands and their sources that are not over."""
    told_of = spikes.list_spikes(tx, rule_id=asked.rule.id, brands=brands, measures=(spikes.SILENCE,))
    return [one for one in told_of if not quiet.over(one)]


def _said(tx: Tx, asked: Listening, speaker: Speaker, *, sources: int) -> Silence | None:
    """How quiet a speaker is, whose brand speaks through so many `sources`; None when it cannot be judged."""
    newest = pages.times(tx, replace(said_by(asked.wanted, speaker), until=asked.now), limit=LOOK_BACK)
    if len(newest) < 2:
        return None
    unheard = deaf(tx, speaker.sources, since=newest[-1], until=asked.now)
    share = share_of(asked.body.false_alarms_per_month, sources)
    return overdue(newest, asked.now, false_alarms_per_month=share, unheard=unheard)


def _ring(tx: Tx, asked: Listening, speaker: Speaker, said: Silence) -> int:
    who = speaker.brand_id, _source_id(speaker)
    running = [one for one in _running(tx, asked, (speaker.brand_id,)) if _who(one) == who]
    if not said.quiet:
        for one in running:
            quiet.end(tx, one, now=asked.now)
            stored.log(tx, one.case_id, "speaks_again", {}, who=stored.SYSTEM, now=asked.now)
        return 0
    if running or said.since is None:
        return 0
    name = quiet.name_of(speaker.source) if speaker.source else cases.brand_name(tx, speaker.brand_id)
    told = silence_account(name, said, of_source=speaker.source is not None, zone=asked.settings.timezone)
    figures = told.figures | {"source_id": _source_id(speaker)}
    return asked.open(tx, speaker.brand_id, told, since=said.since, measure=spikes.SILENCE, figures=figures)
