"""How many tonnes remain, how uncertain that is, and which credits offset them.

residual holds what is to be offset and the inputs of its uncertainty; uncertainty draws from these
and propagates them; sizing turns tonnes into whole credits; stress asks how many of the credits
would still be valid; charts draws the results.
"""
