"""Intensities over the years, of the company and of the building.

series reads published figures and lmdi decomposes changes. intensity computes ratios and verdicts
of the company, carriers its energy and emissions by carrier, building the same of the site; targets
and peers compare; statements are the claims that follow; charts draws the results.
"""
