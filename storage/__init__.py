"""What is remembered. The only room that speaks SQL.

`with store.begin() as tx:` writes, `with store.read() as tx:` reads; every function takes the open transaction
first, hands out frozen records, and never commits.
"""

from storage.engine import Store, Tx, open_store
from storage.engine import migrate_store as migrate

__all__ = ["Store", "Tx", "migrate", "open_store"]
