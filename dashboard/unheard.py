"""What is hatched on a rule's charts: the stretches in which the sources of its scope were not heard.

The sources are those that the rule is judged by (storage.watched): of the brand, in its channels. Blind spot: they are those
of now, so of a source deleted since nothing is hatched.
"""

from datetime import UTC, datetime

from analyzers.rules import Scope
from dashboard import queries
from dashboard.components.drawing import Unheard


def unheard(brand_id: int, scope: Scope, since: datetime, until: datetime) -> Unheard:
    """As far as now: what is still to come is no gap."""
    of_brand = queries.sources_of((brand_id,))
    listening = {one.source.id for one in of_brand if one.within(scope.sources, scope.channels)}
    gaps = queries.gaps((brand_id,), since, min(until, datetime.now(UTC)))
    return Unheard(tuple(gap for gap in gaps if gap.source_id in listening), len(listening))
