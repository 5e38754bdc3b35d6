"""Many sites together: what their published bundles say, on one page.

sites reads a bundle into a row and its exceptions; overview puts the rows of a year together:
totals, what they cover, double claims; bars draws the small multiples; page makes portfolio.html,
book the Excel file, and publishing writes both and the Parquet file.
"""
