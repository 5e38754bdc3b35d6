"""Many sites: made by one command, and put together on one page.

cases finds them from what was typed and refuses two that would write one bundle; turn lets one run
at a time make a site; site takes one from its check to its bundle, and never raises; workers are
the processes that do it, warm what all of them begin with; batch does all sites, resumes and
stops; progress shows them, and summary writes what became of each.

storage reads and writes objects such as s3://bucket/name; stored makes a site and uploads it;
places says whether cases come from there and bundles go there. cluster sends sites to the workers
of a Dask cluster; a parcel is a site packed for a machine that may share nothing with this one, and
apart makes one in a process of its own beside a worker.

stated reads a bundle into a row and its exceptions; overview puts the rows of a year together:
totals, what they cover, double claims; remote does it with bundles on object storage. page makes
portfolio.html, of rows, bars and wording; book makes the Excel and the Parquet file; publishing
writes all three.
"""
