"""How many tonnes remain, how sure that is, and which credits offset them.

residual is what is to be offset and what makes it uncertain; uncertainty draws and propagates;
sizing turns tonnes into whole credits; stress asks what would remain of them; charts draws it.
"""
