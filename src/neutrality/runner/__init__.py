"""A case through the notebooks, and everything around that.

parameters reads the notebooks' parameter cells and checks values by their JSON Schema; yaml_file
reads a case's YAML; refusals lists the rules that a case must pass; checks says whether a case may
become a report; run executes the notebooks; bundle stages, describes and publishes; locks says
whether another run is alive; new starts a case; outputs tells what earlier runs have left.
"""
