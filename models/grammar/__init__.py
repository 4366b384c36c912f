"""A seeded generator of brand-targeted sentences that public sets hardly hold: comparison, contrast, concession,
negation, sarcasm, rumour and denial, questions, mere mention, in Chinese and English.

`generate(n, seed, split)` gives rows of (text, target, label, lang, kind, group). How labels are decided is
written in `models/grammar/LABELS.md`. Blind spot: it teaches constructions, not the breadth of what people post,
so mix it with real data; scores on its own held-out part say less than scores on hand-written checks.
"""

from models.grammar.generate import LABELS, Row, generate

__all__ = ["LABELS", "Row", "generate"]
