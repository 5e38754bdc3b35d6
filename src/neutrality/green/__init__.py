"""Green power: how much load it covers, under which rule, and how good it is.

coverage matches supply and load by period and grid region; rules compares published factors and
the rules that ask for them; criteria answers the eight quality criteria; charts draws it.
"""
