"""The world of the soak: which sources there are, what each has published by a moment, and how it writes it down.

Pure: a source's entries follow from its number and the time, so that the server and whoever checks the store agree
without speaking to each other. Entries have the habits that lose or double mentions: edits under one guid, a guid
shared by all, no guid and a link whose tracking parameter changes with every answer. Reviews in a page are not edited:
without a name of its own an edited one is another.
"""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

BEGIN = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
BRAND, ALIAS = "云雀奶茶", "Lark Tea"
BACKLOG = 12  # entries published before the soak begins
WINDOW = 40  # newest entries a feed holds; older ones have slid out
PAGE = 10  # hits of a search on one page
EDITED_AFTER = timedelta(minutes=40)

FORMS = ("rss", "atom", "rss_gbk", "json", "rdf", "rss", "search", "atom", "rss", "reviews")
# how a hostile source answers; the server knows what each means
TROUBLES = (
    "hang", "hang_in_body", "drip", "drip_headers", "endless", "endless_headers", "bomb", "bomb_in_bomb",
    "error_500", "missing_404", "wait_seconds", "wait_until", "loop", "chain", "inside", "login", "binary", "empty",
    "nested", "entities", "reset", "cut", "unasked_304", "many_headers", "wrong_json", "gone",
)  # fmt: skip
KINDS = {"search": "hackernews", "reviews": "reviews_page"}
_WORDS = ("等了两个小时才送到", "杯子漏了", "味道还可以", "客服一直没有回复", "the queue was long", "sweet but fine",
          "never again", "a friendly place", "they forgot the ice", "包装破损，已申请退款")  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One source of the world."""

    number: int
    site: int  # each site is a host of its own
    form: str
    gap: timedelta  # between two entries
    every: timedelta  # how often it is to be asked
    trouble: str = ""
    flaps: bool = False  # well at every other request; else in trouble for good
    moved: bool = False  # answers with a permanent redirect to its new address

    @property
    def path(self) -> str:
        return f"/moved/{self.number}" if self.moved else f"/s/{self.number}"

    @property
    def address(self) -> str:
        """Where it is added, its own address or the one it has left."""
        path = f"/old/{self.number}" if self.moved else self.path
        return path + "/api/v1/search_by_date?query=x&hitsPerPage=10" if self.form == "search" else path

    @property
    def kind(self) -> str:
        return KINDS.get(self.form, "feed")

    @property
    def speaks(self) -> bool:
        """Whether its entries are there to be heard."""
        return not self.trouble or self.flaps


@dataclass(frozen=True)
class Entry:
    token: str  # names the entry in its title, and so in the store
    number: int
    published: datetime
    text: str


def members(count: int) -> list[Member]:
    """`count` sources on a tenth as many sites, every third one hostile, half of those only now and then."""
    dice = random.Random(7)
    return [_member(number, max(count // 10, 2), dice) for number in range(count)]


def _member(number: int, sites: int, dice: random.Random) -> Member:
    hostile = number % 3 == 2
    trouble = TROUBLES[number // 3 % len(TROUBLES)] if hostile else ""
    return Member(
        number,
        site=number % sites,
        form=FORMS[number // 3 % len(FORMS)] if not trouble else FORMS[number % len(FORMS)],
        gap=timedelta(minutes=dice.choice((6, 9, 14, 25, 45))),
        every=timedelta(minutes=dice.choice((15, 15, 15, 30))),
        trouble=trouble,
        flaps=hostile and trouble != "gone" and number // 3 // len(TROUBLES) % 2 == 0,
        moved=not hostile and number % 20 == 4 and FORMS[number // 3 % len(FORMS)] == "rss",
    )


def entries(member: Member, at: timedelta) -> list[Entry]:
    """All it has published `at` after the beginning, oldest first."""
    first = BEGIN - member.gap * BACKLOG
    count = int((BEGIN + at - first) / member.gap)
    return [_entry(member, number, first + member.gap * number, at) for number in range(count)]


def _entry(member: Member, number: int, published: datetime, at: timedelta) -> Entry:
    dice = random.Random(member.number * 100_003 + number)
    said = "。".join(dice.choices(_WORDS, k=dice.randint(2, 12))) + " " + " ".join(_noise(dice) for _ in range(30))
    if member.form != "reviews" and number % 11 == 0 and BEGIN + at > published + EDITED_AFTER:
        said += " 更正：已经退款。"
    return Entry(f"s{member.number}e{number}", number, published, said)


def _noise(dice: random.Random) -> str:
    """Words of this entry alone, so that entries are no copies of each other."""
    return "".join(dice.choices("aeioubcdlmnprst", k=dice.randint(3, 9)))


def tokens(member: Member, at: timedelta) -> set[str]:
    return {entry.token for entry in entries(member, at)}


def title(entry: Entry) -> str:
    return f"{ALIAS if entry.number % 2 else BRAND} {entry.token}"


def written(member: Member, found: list[Entry], *, base: str, page: int, turn: int) -> tuple[str, bytes]:
    """Content type and body of a good answer. `turn` counts the answers of this source."""
    newest = list(reversed(found))
    if member.form == "search":
        return "application/json", _search(newest, page)
    shown = newest[:WINDOW]
    if member.form == "reviews":
        return "text/html; charset=utf-8", _reviews(shown)
    if member.form == "json":
        return "application/feed+json", _json_feed(member, shown)
    writer = {"atom": _atom, "rdf": _rdf}.get(member.form, _rss)
    body = writer(member, shown, base, turn)
    if member.form == "rss_gbk":
        return "text/xml", body.replace("utf-8", "gb2312", 1).encode("gb18030")
    return "application/xml", body.encode()


def _rss(member: Member, shown: list[Entry], base: str, turn: int) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{member.number}</title>'
        f"<link>{base}/</link><description>d</description>"
        f"{''.join(_item(member, entry, base, turn) for entry in shown)}</channel></rss>"
    )


def _item(member: Member, entry: Entry, base: str, turn: int) -> str:
    link = f"{base}/a/{member.number}/{entry.number}"
    guid = f'<guid isPermaLink="false">{member.number}-{entry.number}</guid>'
    if entry.number % 5 == 3:
        guid, link = "", f"{link}?utm_source=feed{turn}"
    elif entry.number % 7 == 5:
        guid = '<guid isPermaLink="false">the-same-for-all</guid>'
    return (
        f"<item><title>{title(entry)}</title><link>{link}</link>{guid}"
        f"<pubDate>{format_datetime(entry.published)}</pubDate>"
        f"<description>{escape(f'<p>{entry.text}</p>')}</description></item>"
    )


def _atom(member: Member, shown: list[Entry], base: str, turn: int) -> str:
    parts = [
        f"<entry><id>urn:{member.number}:{entry.number}</id><title>{title(entry)}</title>"
        f'<link href="{base}/a/{member.number}/{entry.number}"/><updated>{entry.published.isoformat()}</updated>'
        f'<content type="html">{escape(f"<p>{entry.text}</p>")}</content></entry>'
        for entry in shown
    ]
    head = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
    return f"{head}<id>urn:{member.number}</id><title>{member.number}</title>{''.join(parts)}</feed>"


def _rdf(member: Member, shown: list[Entry], base: str, turn: int) -> str:
    parts = [
        f'<item rdf:about="{base}/a/{member.number}/{entry.number}"><title>{title(entry)}</title>'
        f"<link>{base}/a/{member.number}/{entry.number}</link><description>{entry.text}</description>"
        f"<dc:date>{entry.published.isoformat()}</dc:date></item>"
        for entry in shown
    ]
    return (
        '<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{base}/"><title>{member.number}</title></channel>{"".join(parts)}</rdf:RDF>'
    )


def _json_feed(member: Member, shown: list[Entry]) -> bytes:
    items = [
        {
            "id": f"{member.number}-{entry.number}",
            "title": title(entry),
            "content_text": entry.text,
            "date_published": entry.published.isoformat(),
        }
        for entry in shown
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "j", "items": items}).encode()


def _search(newest: list[Entry], page: int) -> bytes:
    """Pages of a search as Algolia's: nothing slides out, one has to turn pages."""
    hits = [
        {"objectID": entry.token, "title": title(entry), "story_text": entry.text, "author": "a",
         "created_at_i": int(entry.published.timestamp()), "points": entry.number}
        for entry in newest[page * PAGE : (page + 1) * PAGE]
    ]  # fmt: skip
    return json.dumps({"hits": hits, "page": page, "nbPages": -(-len(newest) // PAGE)}).encode()


def _reviews(shown: list[Entry]) -> bytes:
    found = [
        {"@type": "Review", "name": title(entry), "reviewBody": entry.text, "author": f"buyer {entry.number}",
         "datePublished": entry.published.isoformat(), "reviewRating": {"ratingValue": entry.number % 5 + 1}}
        for entry in shown
    ]  # fmt: skip
    product = {"@context": "https://schema.org", "@type": "Product", "name": BRAND, "review": found}
    script = json.dumps(product).replace("</", "<\\/")
    return f'<html><body><script type="application/ld+json">{script}</script></body></html>'.encode()
