"""What `analyzers.explain` said of a case when it was stored, read back for the screen."""


def in_words(case, lang):
    return ""


def claims(case, lang):
    return []


def representative(case):
    return ()
