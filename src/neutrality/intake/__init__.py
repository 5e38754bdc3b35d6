"""What people have, as it lies on disk, to rows of a case.

The wing files opens a file and finds its tables. fields says what a heading means, moments and
spans what a date or period does, intervals what a stamp names and how hours are summed, registers
what a cumulative register counted, multipliers by what it is multiplied, amounts what a column
holds, bill_columns what bills say beside it. mapping keeps how a kind of file is read; proposing
makes it from a table, timing its times, naming the ids of its meters, drafts with reasons and
questions. source is a table with its mapping, taking makes readings of it, from values by meter,
each period once. merging puts readings beside those of the case, bills_by_month heat and gas into
its inventory; into_tables does so for all tables, evidence keeps the file itself, reconcile says in
a few lines what was taken, and importing is the whole way.
"""
