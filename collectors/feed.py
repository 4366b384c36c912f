"""Feeds: RSS 0.9x-2.0, Atom 0.3 and 1.0, RDF, CDF and JSON Feed."""

from collectors.seams import Document, Kind, ParseContext, Parsed
from errors import ParseError


class Feed(Kind):
    name = "feed"
    default_channel = "news"
    label = "Feed"

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        raise ParseError("feeds are not parsed yet", url=document.url)


FEED = Feed()
