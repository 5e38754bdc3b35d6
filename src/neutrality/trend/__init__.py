"""Intensities over the years, of the company and of the building.

series reads published figures; intensity forms ratios and verdicts; lmdi decomposes changes;
carriers and building apply it; targets and peers compare; statements are what may be said; charts
draws it.
"""
