"""A case through the notebooks, and everything around that.

parameters reads the notebooks' parameter cells and checks values by their JSON Schema; yaml_file
reads a case's YAML; refusals lists the rules that a case must pass; checks says whether a case may
become a report; run executes the notebooks; bundle stages, describes, publishes and packs; release
says what made a bundle; provenance tells how, step by step, and crate what is in it, as an
RO-Crate; locks says whether another run is alive; new starts a case.
"""
