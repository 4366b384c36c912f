"""The words Streamlit itself says, to the eye and to screen readers, in the viewer's language.

Streamlit has no catalogue: "Close", "Clear all", "Press Enter to apply" are English whatever the page speaks. A script in
the sidebar says them again as they appear; what it replaced it remembers, so that a change of language reaches all. Blind
spot: what is drawn on a canvas stays English.
"""

import json

from dashboard.components import cards
from dashboard.i18n import t

_SCRIPT = r"""(() => {
  const [words, menus] = WORDS;
  const hole = (_, name) => `(?<${name}>${name === "name" ? ".+" : "[0-9][0-9.,]*"})`;
  const pattern = own => new RegExp(`^${own.replace(/\{(\w+)\}/g, hole)}$`, "s");
  const named = Object.entries(words).filter(([own]) => own.includes("{")).map(([own, said]) => [pattern(own), said]);
  const say = (own, known) => {
    if (Object.hasOwn(known, own)) return known[own];
    const [like, said] = named.find(([like]) => like.test(own)) ?? [];
    return said ? said.replace(/\{(\w+)\}/g, (_, name) => own.match(like).groups[name]) : own;
  };
  const tell = (place, now, write, known = words) => {
    if (!now) return;
    const own = place.fengpingSaid === now ? place.fengpingOwn : now;
    [place.fengpingOwn, place.fengpingSaid] = [own, say(own, known)];
    if (place.fengpingSaid !== now) write(place.fengpingSaid);
  };
  // What is chosen from is others' words, and a brand may be called Search: of a list only these are Streamlit's.
  const theirs = '[role="option"], [role="option"] *, [role="row"]';
  const listed = /^(Select all|Select [0-9]+ matches|No results|Add: .+|\(index\))$/s;
  const tools = /^(Search|Show\/hide columns|Download as CSV|Fullscreen|Close fullscreen)$/;
  const texts = (places, which, known) => {
    for (const one of document.querySelectorAll(places))
      for (const text of one.childNodes)
        if (text.nodeType === Node.TEXT_NODE && which(text.fengpingSaid === text.nodeValue ? text.fengpingOwn : text.nodeValue))
          tell(text, text.nodeValue, said => { text.nodeValue = said; }, known);
  };
  const all = () => {
    for (const one of document.querySelectorAll(`[aria-label]:not(${theirs})`))
      tell(one, one.getAttribute("aria-label"), said => one.setAttribute("aria-label", said));
    texts('[data-testid="stSkipToContent"], [data-testid="InputInstructions"] span', () => true);
    texts('[role="listbox"] *, [data-testid="stDataFrameColumnVisibilityMenu"] *', own => listed.test(own));
    texts('[data-testid="stTooltipContent"] *', own => tools.test(own));
    texts('.gdg-search-status *, [data-testid^="stDateInput"] *, [data-testid^="stDateTimeInput"] *', () => true);
    texts('[id$="-validation-error"], [data-testid="stTooltipErrorContent"] *', () => true);
    texts('[role="menuitem"], [role="menuitem"] > div', () => true, menus);
    texts('[data-testid="stDataFrameStatisticsMenu"] > *, [data-testid="stDataFrameStatisticsContent"] > *', () => true, menus);
    texts('[data-testid="stDataFrameStatisticsMetrics"] *', () => true, menus);
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
    cards.listen(_SCRIPT.replace("WORDS", json.dumps([_words(), _menus()])))


def _words() -> dict[str, str]:
    """What Streamlit says -> what is said instead. `{name}` stands for what is named, any other for a number: with them
    it is a regular expression."""
    return {
        "science icon": t("sample"),
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
        "(index)": t("Row number"),
        "Select {name} matches": t("Select {name} matches"),
        "Add: {name}": t("Add: {name}"),
        "Help": t("Help"),
        "Help for {name}": t("Help for {name}"),
        "Remove {name}": t("Remove {name}"),
        "Show password": t("Show what is written"),
        "Hide password": t("Hide what is written"),
        "file upload": t("Choose a file"),
        "Add files": t("Choose a file"),
        "Clear value": t("Take it away"),
        "Clear entry": t("Take it away"),
        "Clear time": t("Take it away"),
        "Clear date": t("Take it away"),
        "Clear dates": t("Take it away"),
        "Clear date and time": t("Take it away"),
        "Increment": t("One step more"),
        "Decrement": t("One step less"),
        "Expand sidebar": t("Open the menu"),
        "Collapse sidebar": t("Close the menu"),
        **_dates(),
        **_tables(),
        "(Error: )?Number is below the allowed range. Please enter a value greater than or equal to {low}.": t(
            "At least {low}."
        ),
        "(Error: )?Number is above the allowed range. Please enter a value less than or equal to {high}.": t(
            "At most {high}."
        ),
        "(Error: )?Number is outside the allowed range. Please enter a value between {low} and {high}.": t(
            "Between {low} and {high}."
        ),
        "Press Enter to apply": t("Press Enter to apply"),
        "Press Enter to submit form": t("Press Enter to save"),
        "Press Ctrl+Enter to apply": t("Press Ctrl+Enter to apply"),
        "Press Ctrl+Enter to submit form": t("Press Ctrl+Enter to save"),
        "Press ⌘+Enter to apply": t("Press ⌘+Enter to apply"),
        "Press ⌘+Enter to submit form": t("Press ⌘+Enter to save"),
    }


def _dates() -> dict[str, str]:
    """What a calendar says."""
    return {
        "Choose date": t("Choose a day"),
        "Choose date, {name}": t("Choose a day, {name}"),
        "Choose date range, {name}": t("Choose the days, {name}"),
        "Choose date and time, {name}": t("Choose a day and a time, {name}"),
        "Use arrow keys to navigate dates. Enter to select. Escape to close.": t(
            "Arrow keys move between days, Enter chooses, Escape closes."
        ),
        "Choose date range": t("Choose the days"),
        "Choose date and time": t("Choose a day and a time"),
        "Previous month": t("The month before"),
        "Next month": t("The next month"),
        "Quick select a date range": t("Choose a span"),
        "Select...": t("Choose a span"),
        "Date range": t("Days"),
        "Time": t("Time"),
        "Past Week": t("Past week"),
        "Past Month": t("Past month"),
        "Past 3 Months": t("Past 3 months"),
        "Past 6 Months": t("Past 6 months"),
        "Past Year": t("Past year"),
        "Past 2 Years": t("Past 2 years"),
    }


def _tables() -> dict[str, str]:
    """What stands over a table, and what its search says."""
    return {
        "Search": t("Search the table"),
        "Show/hide columns": t("Show or hide columns"),
        "Download as CSV": t("Download the table"),
        "Fullscreen": t("Fill the screen"),
        "Close fullscreen": t("Leave the full screen"),
        "Dataframe column menu": t("What can be done with the column"),
        "Type to search": t("Type to search"),
        "Previous Result": t("The one before"),
        "Next Result": t("The next one"),
        "Close Search": t("Close the search"),
        "{n} result": t("found: {n}"),
        "{n} results": t("found: {n}"),
        "{n} of {all} result": t("found: {n} of {all}"),
        "{n} of {all} results": t("found: {n} of {all}"),
        "over 1000": t("found: over 1,000"),
        "Copy column name": t("Copy column name"),
        "Distribution histogram": t("How often each value is there"),
    }


def _menus() -> dict[str, str]:
    """What can be done with a table's column, how it may be written, and its figures. Said of nothing else: a column of
    somebody's file may be called Format."""
    return {
        "Sort ascending": t("Sort ascending"),
        "Sort descending": t("Sort descending"),
        "Statistics": t("Statistics"),
        "Format": t("Format"),
        "Autosize": t("Autosize"),
        "Pin column": t("Pin column"),
        "Unpin column": t("Unpin column"),
        "Hide column": t("Hide column"),
        "Automatic": t("Automatic"),
        "Localized": t("Localized"),
        "Plain": t("Plain"),
        "Compact": t("Compact"),
        "Dollar": t("Dollar"),
        "Euro": t("Euro"),
        "Yen": t("Yen"),
        "Percent": t("Percent"),
        "Scientific": t("Scientific"),
        "Accounting": t("Accounting"),
        "Duration": t("Duration"),
        "Values": t("Values"),
        "Empty": t("Empty"),
        "Distinct": t("Distinct"),
        "Average": t("Average"),
        "Standard deviation": t("Standard deviation"),
        "Minimum": t("Minimum"),
        "25th percentile": t("25th percentile"),
        "Median": t("Median"),
        "75th percentile": t("75th percentile"),
        "Maximum": t("Maximum"),
        "Sum": t("Sum"),
        "Minimum length": t("Minimum length"),
        "Maximum length": t("Maximum length"),
        "Average length": t("Average length"),
        "No data": t("No data"),
        "Based on sample": t("Based on sample"),
    }
