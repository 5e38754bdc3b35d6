"""Delimited text of any encoding and delimiter."""
