"""Certificates and credits: what a ledger row must be before it may be claimed.

ranges holds what both share (serial ranges, overlaps, claimed years), spelling the keys by which
numbers are compared however they are written. certificate_serials reads the numbers of
certificates, certificates holds their rules. serials reads the numbers of credits, credits holds
their rules, retirement_text what their free text mentions. registry imports a registry's export:
export_columns reads its cells, export_rows judges its rows. double_claims compares several cases.
"""
