"""What was emitted: activity x factor, and the location- and market-based views of a year.

activities turns bills into tonnes by gas; views sets both views side by side; change attributes
the difference between two years to activity, certificates and factors; attribution values, in
tonnes, what changed the activity, by notebook 01's models; plausibility compares the amounts of two
years, and with the building's size; neighbours sets factors beside published ones; falls tells
amounts below the base year that neither weather nor a reason explains; quality rates how well the
amounts are known.
"""
