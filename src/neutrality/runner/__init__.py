"""A case through the notebooks, and everything around that.

parameters reads the notebooks' parameter cells and checks values by their JSON Schema; given
says which case a notebook was given, and whether the notebooks before it had the same
parameters; yaml_file reads a case's YAML; refusals lists the rules that a case must pass;
unfilled says what of a new case is still a stand-in or a template, advice what may be a slip and
stops nothing; checks says whether a case may become a report; execution runs notebooks in a
stage by papermill, whose engine here asks warm for a kernel, which kernels forks from a process
that has imported all; ahead runs the part of a notebook that needs no other beside these;
garbage is searched for seldom; reuse says of which notebooks an earlier
run's results are taken again, unchanged of which report nothing has changed, and cache keeps
what both compare with; run takes a case from its check to its published bundle; bundle stages,
describes, publishes and packs, members are the files that no manifest has; release says what
made a bundle; provenance tells how, step by step, and crate what is in it, as an RO-Crate; locks
says whether another run is alive; new starts a case; outputs tells what earlier runs have left;
listings and console are what the command line lists, says and asks.
"""
