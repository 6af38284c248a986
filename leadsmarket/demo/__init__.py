"""Demonstration data: a year of plausible business up to now, in French, about nobody real.

Rows are computed in Python and stored in bulk by the tables' owner, in one transaction. Replaying the services would be the
other way, but the SQL functions stamp now() on what they write, and a year of movements must carry its own moments; it would
also take minutes. The rules are therefore replayed in `books`, every constraint and trigger but one checks the result, and the
reconciliation must find nothing before anything is committed. The one: the duplicate check's trigger takes two advisory locks
per lead, thousands in one transaction, more than PostgreSQL's lock table holds. It is off for this transaction alone; every
prospect has an address and a phone of their own (`contacts`), so it would find nothing.

The same day gives the same business: leads, amounts, statuses, balances. Only the pending leads are counted back from the
present minute, so their clock times and ids differ within a day; the same minute gives the same rows, ids too.
"""

from leadsmarket.demo.loading import DemoExists, DemoSummary, load_demo

__all__ = ["DemoExists", "DemoSummary", "load_demo"]
