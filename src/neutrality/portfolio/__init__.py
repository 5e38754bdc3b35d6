"""Many sites by one command.

cases finds them from what was typed and refuses two that would write one bundle; turn lets one run
at a time make a site; site takes one from its check to its bundle, and never raises; workers are
the processes that do it, warm what all of them begin with; batch does all sites, resumes and
stops; progress shows them, and summary writes what became of each.
"""
