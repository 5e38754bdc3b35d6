"""Certificates and credits: what a ledger row must be before it may be claimed.

ranges holds what both share (serial ranges, overlap, claimed years); serials reads the serial
numbers of credits; certificates and credits hold the rules of each; registry imports a registry's
export; double_claims compares several cases.
"""
