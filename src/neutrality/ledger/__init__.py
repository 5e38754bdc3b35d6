"""Certificates and credits: what a ledger row must be before it may be claimed.

ranges holds what both share (serial ranges, overlaps, claimed years), spelling the keys by which
numbers are compared however they are written, reporters whether a name is the reporter's.
certificate_serials reads the numbers of certificates, certificate_forms those whose running number
does not stand last; certificates holds their rules, with certificate_periods (when they were
generated), certificate_kinds (technology, province, instrument) and plant_projects (whether the kWh
were sold as credits too). serials reads the numbers of credits, credit_serials compares them,
credits holds their rules, retirement_text what their free text mentions, claim_years its years.
registry imports a registry's export of credits, certificate_lists a list of certificates:
export_files reads the file, export_headings a heading of several lines, export_values counts and
days, export_columns and export_rows judge the rows of credits, certificate_rows those of
certificates, of which certificate_blocks takes several ranges apart and certificate_months reads
the periods; ledger_files adds them to the case.
double_claims compares several cases.
"""
