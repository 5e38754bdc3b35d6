"""What people have, as it lies on disk, to rows of a case.

cells holds what a file's sheets are; text_files reads delimited text of any encoding, workbooks
Excel and OpenDocument, green_button the XML that utilities publish; files reads a file of any of
these kinds; numbers reads numbers that were written as text; layout finds the tables of a sheet.
"""
