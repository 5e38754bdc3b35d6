"""From hourly readings to avoided energy.

meters turns readings into arrays in local time and fills gaps; calendars lists days off;
sufficiency checks whether the readings are enough for a baseline; towt is the model's arithmetic
and baseline its use for every meter; savings is predicted minus metered, with an interval; charts
draws both.
"""
