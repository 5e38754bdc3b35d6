"""From readings to avoided energy.

meters turns readings into arrays in local time and fills gaps; periods does so with the bills, days
and hours of the table meters; site_load is the one way in, whichever tables a site has; calendars
lists days off. evidence says whether readings can be read and suffice: reading_checks finds what a
meter of hours cannot have read, in either year, and changes without an explanation, period_checks
what bills cannot be, bill_checks compares the supplier's bills with the main meter; sufficiency
checks whether hours are enough for a baseline, clocks whether an end use is an hour apart from the
main meter. towt and hour_ridge are the arithmetic of hours and baseline its use for every meter;
day_weather and period_ridge are that of days and bills, degree_days its use;
models chooses by resolution. savings is predicted minus metered, with an interval, whose width
bands takes from buildings without a project; screen proposes steps and slow drifts that nobody
wrote down, with step_filter for what hours show at a midnight, adjustments takes what is known to
have happened out of a saving, and events gives both the readings of a site; month_models is the
weather response of monthly bills, and attribution what weather, occupancy, measures and the
unexplained rest changed in each energy; charts draws all.
"""
