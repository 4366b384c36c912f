"""What a mention says, whatever the brand: language, tokens, keywords, themes, copy keys.

Pure: the same text and words always give the same facts. Any text gives an answer; an unknown language is 'other'.
"""

from analyzers.text.reader import TextReader

__all__ = ["TextReader"]
