"""A portfolio of many meters in one Zarr store, modelled by array in bounded memory.

layout writes and opens a store and hands out its meters as a site's readings are; plan says
beforehand how much memory the work takes; work does it chunk by chunk, on several processes;
savings_by_meter is the baseline and the saving of each meter, green_by_meter its green power, both
by the rooms that a site's notebooks use.
"""
