"""`python -m dashboard.catalogues`: bring the catalogues up to date with the code. Lists what is still to be translated."""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dashboard.error_words import SENTENCES, sentences

HERE = Path(__file__).parent
ROOT = HERE.parent
KEYWORDS = {"t": None, "tn": (1, 2)}
LOCALES = {"zh": "zh_CN", "en": "en"}


def extracted() -> Catalog:
    """Every message of the dashboard's code, and the commands' own sentences. The singular is the id."""
    catalog = Catalog(project="Fengping", charset="utf-8", fuzzy=False)
    found = extract_from_dir(ROOT, [("**.py", "python")], keywords=KEYWORDS, comment_tags=())
    for path, line, message, _, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, locations=[(path, line)], context=context)
    for sentence in sentences():
        catalog.add(sentence, locations=[(SENTENCES.name, 0)])
    return catalog


def load(lang: str) -> Catalog:
    path = HERE / f"{lang}.po"
    if not path.exists():
        return Catalog(locale=LOCALES[lang], project="Fengping", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALES[lang])


def untranslated(catalog: Catalog) -> list[str]:
    return [
        str(m.id) for m in catalog if m.id and not (all(m.string) if isinstance(m.string, list | tuple) else m.string)
    ]


def update(lang: str) -> list[str]:
    """Merge what the code says into one catalogue; what is still empty."""
    catalog = load(lang)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    if lang == "en":
        for message in catalog:
            if message.id:
                message.string = message.id if isinstance(message.id, tuple | list) else str(message.id)
    with (HERE / f"{lang}.po").open("wb") as file:
        write_po(file, catalog, width=110, omit_header=False, sort_output=True, include_lineno=False)
    return untranslated(catalog)


if __name__ == "__main__":
    missing = {lang: update(lang) for lang in LOCALES}
    for lang, ids in missing.items():
        for one in ids:
            print(f"{lang}: {one}")
    sys.exit(1 if any(missing.values()) else 0)
