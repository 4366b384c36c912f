"""One collection of one source: ask, parse, page on until what is known, and say how it ended.

The first requests of a kind must succeed, or the source fails, with what was heard until then. Everything after them
is a bonus: a later page that is refused, missing, broken or on another host ends the paging, and the source is well;
whether something may have been missed is then said. Paging that was cut short only for the time being (the time was
up, the service was busy) is taken up by the next collection. What that needs is returned as a new `SourceState`.

How paging knows where to stop: a page that ends in an entry the store holds, or in one that the last collection
already saw (a short fingerprint of its newest entries is kept in the cursor, since entries that name no brand are
never stored), is the last one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from collectors import answers, robots
from collectors.finishing import SEEN, mark, name_before
from collectors.gathered import RESUME, VALIDATORS, Run, failed, fingerprint, short_of, succeeded
from collectors.kinds import get_kind
from collectors.parsing import Parsing
from collectors.records import Brand, Collected, Source, SourceState
from collectors.seams import Document, Fetching, ParseContext, Parsed, Request
from collectors.urls import host_of, names_a_user, with_credentials
from errors import CollectError, HTTPStatusError, InputError, ParseError

MOST_RESUMES = 5
BRANDS = "_brands"
# Marks of what a request brought: the longest page a service gives, whose last entry tells what is known.
NEWEST_KEPT = 250


def collect(
    source: Source,
    state: SourceState,
    *,
    fetcher: Fetching,
    pool: Parsing,
    now: datetime,
    known: Callable[[Sequence[str]], set[str]] | None = None,
    wait_host: Callable[[str], None] = lambda host: None,
    brands: Sequence[Brand] = (),
) -> Collected:
    """Collect once. Thread-safe; a source that fails is a value, only a bug raises.

    `known` answers which of these external ids the store holds for this source (paging stops there);
    `wait_host` is called before every request with `host:port` and returns when that host may be asked;
    `brands` are those the source is for, whose names the kinds that search ask for.
    """
    run = None
    started = time.monotonic()
    try:
        kind = get_kind(source.kind)
        run = Run(source, state, kind, now, brands, fetcher.limits, started, cursor=dict(state.cursor))
        driver = _Driver(run, fetcher, pool, known, wait_host)
        driver.collect()
        return succeeded(run)
    except (CollectError, InputError) as error:
        return failed(source, state, error, run, time.monotonic() - started)


@dataclass
class _Series:
    """How far a first request and its pages have come."""

    first: bool  # nothing was read before
    page: int = 1
    names: list[str] = field(default_factory=list)  # of all pages
    before: list[str] | None = None  # of the page before


class _Driver:
    def __init__(
        self,
        run: Run,
        fetcher: Fetching,
        pool: Parsing,
        known: Callable[[Sequence[str]], set[str]] | None,
        wait_host: Callable[[str], None],
    ) -> None:
        self._run = run
        self._fetcher = fetcher
        self._pool = pool
        self._known = known or (lambda ids: set())
        self._wait_host = wait_host
        self._resuming = run.resumed is not None
        run.cursor.pop(RESUME, None)
        self._seen_before = dict.fromkeys(run.state.cursor.get(SEEN) or ())  # newest first
        # with other brands, entries that named none before may name one now: nothing is "not modified" then
        ours = fingerprint(run.brands)
        self._same_brands = run.state.cursor.get(BRANDS, ours) == ours
        run.cursor[BRANDS] = ours

    def collect(self) -> None:
        run = self._run
        run.kind.check(run.source)
        asked = run.kind.first_requests(run.source, run.state, now=run.now, brands=run.brands)
        for request in asked:
            before = len(run.seen)
            self._series(request, only=len(asked) == 1)
            run.seen = run.seen[: before + NEWEST_KEPT]
        if run.unchanged and run.unchanged < len(asked):
            run.seen += self._seen_before  # the unchanged ones brought no entries to remember
        run.seen = list(dict.fromkeys(run.seen))[: NEWEST_KEPT * len(asked)]

    def _series(self, request: Request, *, only: bool) -> None:
        """A first request and the pages after it. No document is held longer than it takes to read it."""
        document = self._ask(request, conditional=request.conditional)
        if only and request.url == self._run.source.url and not names_a_user(request.url):
            self._run.moved_to = document.permanent_url
        if document.not_modified:
            self._run.unchanged += 1
            return
        series = _Series(first=self._run.pages == 0)
        parsed = self._parse(document, request, page=1)
        if not parsed.incomplete:
            self._remember(request, document)
        del document
        while (following := self._after(parsed, request, series)) is not None:
            series.page += 0 if request.setup else 1
            try:
                parsed = self._parse(self._ask(following, conditional=False), following, page=series.page)
            except CollectError as error:
                if request.setup:
                    raise  # what follows a token is the first page itself
                self._rest_after(error)
                self._ended_early(False, for_now=answers.passes(error))
                return
            request = following

    def _after(self, parsed: Parsed, request: Request, series: _Series) -> Request | None:
        """Gather a page; the request for the next one, unless the paging ends here."""
        stop = self._take(parsed)
        ids = [mention.external_id for mention in parsed.mentions]
        series.names += ids
        stale, series.before = ids == series.before, ids  # a server that ignores page numbers gives one page for ever
        if parsed.next is None:
            if parsed.cut:
                self._ended_early(stop, for_now=True)
            elif series.first and parsed.newest_first:
                self._look_for_gap(series.names)
            return None
        deep = not request.setup and series.page >= self._run.depth
        if stop or stale or deep or not self._may_follow(request, parsed.next):
            self._ended_early(stop)
            return None
        if not request.setup and time.monotonic() >= self._run.deadline:
            self._ended_early(False, for_now=True)
            return None
        return parsed.next

    def _may_follow(self, before: Request, following: Request) -> bool:
        run = self._run
        if len(run.mentions) >= run.limits.max_entries:
            return False
        ours = {host_of(run.source.url), host_of(before.url)}
        return following.foreign or host_of(following.url) in ours

    def _rest_after(self, error: CollectError) -> None:
        """A later page that is refused does not fail the source; that it asked for rest is obeyed all the same."""
        asked = error.retry_at if isinstance(error, HTTPStatusError) else None
        if asked is not None:
            self._run.retry_at = max(asked, self._run.retry_at or asked)

    def _ended_early(self, reached_known: bool, *, for_now: bool = False) -> None:
        if reached_known:
            return
        run = self._run
        run.missed = run.missed or not run.first_time
        times = run.resumed[1] + 1 if run.resumed else 1
        if for_now and times <= MOST_RESUMES:
            run.cursor[RESUME] = [run.depth, times]

    def _ask(self, request: Request, *, conditional: bool) -> Document:
        run = self._run
        url = with_credentials(request.url, of=run.source.url)
        permit = partial(robots.obey, fetch=self._robots) if request.robots else None
        if permit is not None:
            permit(url)
        self._wait(host_of(request.url))
        conditional = conditional and self._same_brands and not self._resuming
        etag, last_modified = self._validators(request) if conditional else (None, None)
        run.requests += 1
        try:
            return self._fetcher.get(
                url,
                etag=etag,
                last_modified=last_modified,
                headers=request.headers or None,
                method=request.method,
                data=request.data,
                deadline=run.deadline,
                permit=permit,
            )
        except HTTPStatusError as error:
            raise answers.in_its_words(error, run.kind, now=run.now) from error

    def _robots(self, url: str) -> Document:
        self._wait(host_of(url))
        return self._fetcher.get(url, deadline=self._run.deadline)

    def _wait(self, host: str) -> None:
        before = time.monotonic()
        self._wait_host(host)
        self._run.waited += time.monotonic() - before

    def _validators(self, request: Request) -> tuple[str | None, str | None]:
        state = self._run.state
        if request.url == self._run.source.url:
            return state.etag, state.last_modified
        stored = state.cursor.get(VALIDATORS)
        pair = stored.get(short_of(request.url)) if isinstance(stored, dict) else None
        return (pair[0], pair[1]) if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)

    def _remember(self, request: Request, document: Document) -> None:
        if request.conditional and request.method == "GET":
            pair = (document.headers.get("etag"), document.headers.get("last-modified"))
            self._run.validators[request.url] = pair

    def _parse(self, document: Document, request: Request, *, page: int) -> Parsed:
        run = self._run
        context = ParseContext(
            url=run.source.url,
            now=run.now,
            tag=request.tag,
            options=run.source.options,
            cursor=run.cursor,
            note=request.note,
            page=page,
            limits=run.limits,
            names=tuple(name for brand in run.brands for name in brand.names),
        )
        try:
            parsed = self._pool.parse(run.kind.name, document, context, seconds=run.parse_seconds)
        except ParseError as error:
            raise ParseError(f"{error} (HTTP {document.status})", url=document.url) from error
        fresh = [ttl for ttl in (run.ttl, parsed.ttl, answers.fresh_for(document.headers)) if ttl]
        run.ttl = min(max(fresh), answers.LONGEST_TTL) if fresh else None
        return parsed

    def _take(self, parsed: Parsed) -> bool:
        """Gather a page; True when it ends in what was known before."""
        run = self._run
        run.title = run.title or parsed.title
        run.capped += parsed.capped
        run.cursor.update(parsed.cursor)
        for mention, norm in zip(parsed.mentions, parsed.norms, strict=True):
            if mention.external_id in run.mentions:
                continue
            if len(run.mentions) >= run.limits.max_entries:
                run.capped += 1
                continue
            run.mentions[mention.external_id] = (mention, norm)
        marks = [mark(mention.external_id) for mention in parsed.mentions]
        run.seen += marks
        run.pages += 1
        for request in parsed.also:
            self._detail(request)
        if self._resuming or not marks or not parsed.newest_first:
            return False
        return marks[-1] in self._seen_before or bool(self._known([parsed.mentions[-1].external_id]))

    def _look_for_gap(self, listed: list[str]) -> None:
        """A list that shares nothing with what it held the last time has lost what came in between."""
        names = listed + [before for name in listed if (before := name_before(name)) != name]
        if not self._seen_before or not self._seen_before.keys().isdisjoint(map(mark, names)):
            return
        if len(listed) > 1 and not self._known(names):
            self._run.missed = True

    def _detail(self, request: Request) -> None:
        """A side request: replies of a topic, say. Failing, it is left out."""
        run = self._run
        if run.retry_at or time.monotonic() >= run.deadline or len(run.mentions) >= run.limits.max_entries:
            return
        if not request.foreign and host_of(request.url) != host_of(run.source.url):
            return
        try:
            parsed = self._parse(self._ask(request, conditional=False), request, page=1)
        except CollectError as error:
            self._rest_after(error)
            return
        self._take(replace(parsed, also=(), next=None, title=None, newest_first=False))
