"""What a site may hand in: the schema of each table, and the reader that refuses.

schemas says which columns a table has; tables reads a case's files and names file, row and column
of what is wrong; illustration keeps made-up rows out of a real report.
"""
