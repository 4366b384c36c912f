"""What the driver is given itself: many rows in a statement, and long lists of numbers to look for."""

from storage.schema import mention_key
from storage.sql import CHUNK, among, insert_many
from tests.storage.builders import a_brand, a_source, say
from tests.storage.builders import store as stored

COLUMNS = ("key", "mention_id")


def test_rows_of_several_statements_are_stored_and_found(store):
    with store.begin() as tx:
        (mention_id,) = stored(tx, a_source(tx), say("1"), brands=[a_brand(tx)]).new_ids
        rows = [(7 * key - 2**40, mention_id) for key in range(CHUNK + 3)]
        insert_many(tx, mention_key, COLUMNS, rows)
        insert_many(tx, mention_key, COLUMNS, [])
        wanted = [key for key, _ in rows] + [1, 2, 3]
        assert sorted(tuple(row) for row in among(tx, mention_key, COLUMNS, wanted)) == rows
        assert list(among(tx, mention_key, COLUMNS, [])) == []
