"""What a site may hand in: the schema of each table, and the reader that refuses.

schemas says which columns a table has; headings matches a file's columns with it; columns parses
and checks cells; tables reads a case's files; illustration keeps illustrative rows out of a real
report; names refuses a name that is the package's or that cannot be printed, assertions one that
says more than what a thing is; thresholds says where a limit is wider than its default; writing
adds to tables, whole or not at all; alike works out once what many cells have alike; arrays writes
and reads NetCDF; encodings decodes a text by whether what it gives makes sense.
"""
