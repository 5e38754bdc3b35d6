"""A file as people keep it, to its tables.

opening reads a file of any kind into its sheets (cells holds what a sheet is): text_files delimited
text in any of the encodings, workbooks Excel and OpenDocument with their workbook_marks (hidden
rows, errors, formulas without a value) and number_formats (units that only the format shows) of
their workbook_styles, with the binary_records of .xlsb,
green_button the XML that utilities publish. layout finds the tables of a sheet: kinds tells
numbers, dates and texts apart, heading_lines makes the headings, total_rows sets totals aside.
numbers reads numbers that were written as text.
"""
