"""A case through the notebooks, and everything around that.

parameters reads the notebooks' parameter cells; checks says whether a case may become a report;
run executes the notebooks; bundle stages, describes and publishes; new starts a case.
"""
