"""From readings to avoided energy.

meters turns readings into arrays in local time and fills gaps; periods does so with bills, days and
hours of the table meters; site_load is the one way in, whichever table a site has; calendars lists
days off; evidence says whether readings of any resolution can be read and suffice: period_checks
of bills and days, reading_checks of hours. reading_checks finds what a meter cannot have read, in either year, and changes without an
explanation; sufficiency checks whether the readings are enough for a baseline; towt is the model's
arithmetic and baseline its use for every meter; savings is predicted minus metered, with an
interval; charts draws both.
"""
