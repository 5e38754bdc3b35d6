"""From hourly readings to avoided energy.

meters brings readings onto the site's clock and fills gaps; calendars knows days off; sufficiency
says whether the readings carry a baseline; towt is the model's arithmetic and baseline its use for
every meter; savings is predicted minus metered, with an interval; charts draws it.
"""
