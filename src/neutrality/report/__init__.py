"""From claims and tables to the report in two languages; no arithmetic of its own.

audit sets announced figures beside claims; bridge leads from the counterfactual to zero; exhibits
prepares tables for the reader; pages makes HTML, PDF and Word; report fills the two texts; charts
draws what belongs to the report as a whole.
"""
