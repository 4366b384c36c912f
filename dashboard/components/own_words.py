"""The words Streamlit itself says, to the eye and to screen readers, in the viewer's language.

Streamlit has no catalogue: "Close", "Clear all", "Press Enter to apply" are English whatever the page speaks. A script in
the sidebar says them again as they appear; what it replaced it remembers, so that a change of language reaches all. Blind
spots: what is drawn on a canvas and what a hint over a table's tools says stay English.
"""

import json

from dashboard.components import cards
from dashboard.i18n import t

_SCRIPT = """(() => {
  const words = WORDS;
  const named = Object.entries(words).filter(([own]) => own.includes("{name}")).map(([own, said]) => [...own.split("{name}"), said]);
  const say = own => {
    if (Object.hasOwn(words, own)) return words[own];
    const [head, tail, said] = named.find(([head, tail]) => own.startsWith(head) && own.endsWith(tail)) ?? [];
    return said ? said.replace("{name}", () => own.slice(head.length, own.length - tail.length)) : own;
  };
  const tell = (place, now, write) => {
    if (!now) return;
    const own = place.fengpingSaid === now ? place.fengpingOwn : now;
    [place.fengpingOwn, place.fengpingSaid] = [own, say(own)];
    if (place.fengpingSaid !== now) write(place.fengpingSaid);
  };
  // What is chosen from is others' words, and a brand may be called Search: of a list only these are Streamlit's.
  const theirs = '[role="option"], [role="option"] *, [role="row"]';
  const listed = /^(Select all|Select [0-9]+ matches|No results|Add: .+)$/s;
  const texts = (places, which) => {
    for (const one of document.querySelectorAll(places))
      for (const text of one.childNodes)
        if (text.nodeType === Node.TEXT_NODE && which(text.fengpingSaid === text.nodeValue ? text.fengpingOwn : text.nodeValue))
          tell(text, text.nodeValue, said => { text.nodeValue = said; });
  };
  const all = () => {
    for (const one of document.querySelectorAll(`[aria-label]:not(${theirs})`))
      tell(one, one.getAttribute("aria-label"), said => one.setAttribute("aria-label", said));
    texts('[data-testid="stSkipToContent"], [data-testid="InputInstructions"] span', () => true);
    texts('[role="listbox"] *', own => listed.test(own));
  };
  window.fengpingWords?.disconnect();
  let due = false;
  window.fengpingWords = new MutationObserver(() => {
    if (!due) { due = true; requestAnimationFrame(() => { due = false; all(); }); }
  });
  const watched = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-label"] };
  window.fengpingWords.observe(document.body, watched);
  all();
})()"""


def say() -> None:
    """For the sidebar: the page itself holds no script at rest. Runs once for each language."""
    cards.listen(_SCRIPT.replace("WORDS", json.dumps(_words())))


def _words() -> dict[str, str]:
    """What Streamlit says -> what is said instead. `{name}` stands for what is named."""
    return {
        "Skip to main content": t("Skip to main content"),
        "Sidebar": t("Sidebar"),
        "App pages": t("App pages"),
        "Navigate to home page": t("Navigate to home page"),
        "Close": t("Close"),
        "Open": t("Open the list"),
        "Clear all": t("Clear all"),
        "Selected values": t("Selected values"),
        "No results": t("No results"),
        "Select all": t("Select all"),
        "Select {name} matches": t("Select {name} matches"),
        "Add: {name}": t("Add: {name}"),
        "Help": t("Help"),
        "Help for {name}": t("Help for {name}"),
        "Remove {name}": t("Remove {name}"),
        "Show password": t("Show what is written"),
        "Hide password": t("Hide what is written"),
        "file upload": t("Choose a file"),
        "Add files": t("Choose a file"),
        "Search": t("Search the table"),
        "Show/hide columns": t("Show or hide columns"),
        "Download as CSV": t("Download the table"),
        "Fullscreen": t("Fill the screen"),
        "Close fullscreen": t("Leave the full screen"),
        "Press Enter to apply": t("Press Enter to apply"),
        "Press Enter to submit form": t("Press Enter to save"),
        "Press Ctrl+Enter to apply": t("Press Ctrl+Enter to apply"),
        "Press Ctrl+Enter to submit form": t("Press Ctrl+Enter to save"),
        "Press ⌘+Enter to apply": t("Press ⌘+Enter to apply"),
        "Press ⌘+Enter to submit form": t("Press ⌘+Enter to save"),
    }
