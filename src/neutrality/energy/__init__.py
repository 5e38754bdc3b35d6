"""From hourly readings to avoided energy.

meters turns readings into arrays in local time and fills gaps; calendars lists days off;
reading_checks finds what a meter cannot have read, in either year, and changes without an
explanation; sufficiency checks whether the readings are enough for a baseline; towt is the model's
arithmetic and baseline its use for every meter; day_weather and period_ridge are the same for
degree_days, the baselines of days and bills; savings is predicted minus metered, with an interval,
whose width bands takes from buildings without a project; charts draws both.
"""
