"""Parsing in this process, without limits and without a child: what a `ParserPool` does with documents that are well."""

from collectors.child import Job, work
from collectors.parsing import unwrap
from collectors.seams import Document, ParseContext, Parsed


class InProcess:
    def parse(self, kind: str, document: Document, context: ParseContext, *, seconds: float | None = None) -> Parsed:
        return unwrap(work(Job(kind, document, context)), document.url)
