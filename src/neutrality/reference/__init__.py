"""Published values, each a row of a CSV file with publisher, year, unit and status.

status orders how well a value is known; units converts; published holds coefficients; gases GWPs;
emission_factors all factors; grid_factors chooses that of the consuming grid; own_factors refuses
wrong ones of a case; kinds tells what a bill is of; schemes holds the limits of neutrality schemes.
"""
