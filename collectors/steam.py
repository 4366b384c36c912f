"""Reviews of a game on Steam, newest first, review bombs included.

Format: partner.steamgames.com/doc/store/getreviews (`appreviews/<appid>?json=1`, `cursor` starting at `*` and
URL-encoded, 100 a page, `filter=recent` so that paging ends, `filter_offtopic_activity=0` so that what Valve calls
off-topic, the very spikes watched for here, is given). A cursor that comes back unchanged is the end. Failures are
`success` other than 1 inside a 200. `votes_funny` is known to overflow to 4294967295 and is then not given.
A thumb up or down is not stars: `recommended` is in `extra`, `rating` stays empty.
Blind spots: a review edited later is seen as changed only while it is among the newest pages; the list may repeat
a review on two pages.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collectors import asking, loose
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import unescape
from errors import ParseError

PAGE = 100
STORE = "https://store.steampowered.com"
_OVERFLOW = 2**31
_BBCODE = re.compile(
    r"\[/?(?:h[1-6]|b|i|u|s|strike|spoiler|noparse|code|quote|list|olist|\*|table|tr|th|td|hr|url|img|p|emoji)"
    r"(?:[ =][^\[\]\n]{0,500})?\]",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\[(?:/h[1-6]|/?list|/?olist|\*|/tr|hr|/p|/quote)\]", re.IGNORECASE)


class Steam(Kind):
    name = "steam"
    default_channel = "ecommerce"
    first_depth = 3
    label = "Steam reviews"
    options = (Option("language", Form.TEXT, "Only reviews in this language, as Steam names it.", "schinese"),)

    def recognises(self, url: str) -> bool:
        steps = asking.steps(url)
        if steps[-2:-1] == ["appreviews"] and steps[-1].isdigit():
            return True
        if asking.under(url, "store.steampowered.com"):
            return len(steps) > 1 and steps[0] == "app" and steps[1].isdigit()
        return asking.under(url, "steamcommunity.com") and steps[2:3] == ["reviews"] and steps[0] == "app"

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        url, steps = source.url, asking.steps(source.url)
        if steps[:1] == ["app"] and len(steps) > 1 and steps[1].isdigit():
            community = asking.under(url, "steamcommunity.com")
            url = asking.at_base(STORE if community else url, f"/appreviews/{steps[1]}")
        address = asking.with_defaults(
            url,
            json=1,
            filter="recent",
            language=source.options.get("language", "all"),
            review_type="all",
            purchase_type="all",
            num_per_page=PAGE,
            filter_offtopic_activity=0,
            cursor="*",
        )
        return [Request(address, foreign=not asking.same_host(address, source.url))]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a list of Steam reviews")
        if loose.flag(loose.at(answer, "success")) is not True:
            said = loose.first_text(loose.at(answer, "error"), loose.at(answer, "message"))
            raise ParseError(f"Steam refused: {said or 'no such app, or it has no reviews page'}", url=document.url)
        if "reviews" not in answer or not isinstance(answer["reviews"] or [], list | dict):
            raise ParseError("Steam gave no list of reviews: the answer has another shape", url=document.url)
        reviews = loose.tables(answer["reviews"])
        app = re.search(r"/appreviews/(\d+)", asking.path(document.url))
        found = [_mention(review, app[1] if app else None, context) for review in reviews]
        cursor = loose.text(loose.at(answer, "cursor"))
        ended = not reviews or cursor is None or cursor == asking.param(document.url, "cursor")
        return Parsed(
            tuple(found),
            next=None if ended else Request(asking.with_params(document.url, cursor=cursor)),
        )


def _mention(review: dict[str, Any], app: str | None, context: ParseContext) -> Mention:
    number = loose.identifier(review.get("recommendationid"))
    author = loose.table(review.get("author"))
    steamid = loose.identifier(author.get("steamid"))
    profile = f"https://steamcommunity.com/profiles/{steamid}" if steamid and steamid.isdigit() else None
    funny = loose.whole(review.get("votes_funny"))
    moment, whose = loose.moment(context, review.get("timestamp_created"), review.get("timestamp_updated"))
    return Mention(
        external_id=number or "",
        title="",
        text=_without_markup(loose.text(review.get("review")) or ""),
        url=f"{profile}/recommended/{app}/" if profile and app else None,
        published_at=moment,
        published_at_source=whose,
        author=loose.first_text(author.get("personaname"), steamid),
        author_url=profile,
        likes=_votes(review.get("votes_up")),
        replies=_votes(review.get("comment_count")),
        extra=loose.told(
            recommended=loose.flag(review.get("voted_up")),
            language=loose.text(review.get("language")),
            playtime_minutes=loose.whole(author.get("playtime_forever")),
            playtime_at_review_minutes=loose.whole(author.get("playtime_at_review")),
            funny=funny if funny is not None and funny < _OVERFLOW else None,
            reviews_by_author=loose.whole(author.get("num_reviews")),
            bought_on_steam=loose.flag(review.get("steam_purchase")),
            received_for_free=loose.flag(review.get("received_for_free")),
            refunded=loose.flag(review.get("refunded")),
            early_access=loose.flag(review.get("written_during_early_access")),
            developer_response=loose.text(review.get("developer_response")),
        ),
    )


def _votes(value: object) -> int | None:
    found = loose.whole(value)
    return found if found is not None and found < _OVERFLOW else None


def _without_markup(review: str) -> str:
    """Steam's own markup to plain text; angle brackets mean nothing there and stay, entities are what they stand for."""
    return _BBCODE.sub("", _ENDING.sub("\n", unescape(review))).strip()


STEAM = Steam()
