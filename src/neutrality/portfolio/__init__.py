"""Many sites together: what their published bundles say, on one page.

stated reads a bundle into a row and its exceptions; overview puts the rows of a year together:
totals, what they cover, double claims. page makes portfolio.html, of rows, bars and wording; book
makes the Excel and the Parquet file; publishing writes all three.
"""
