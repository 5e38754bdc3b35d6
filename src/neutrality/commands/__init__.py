"""What can be typed behind `neutrality`, by subject: each room adds its commands to the parser.

cases checks, runs and starts a case; files imports what people have; lists looks factors and
parameters up; bundles verifies, replays, signs and compares; portfolios puts the sites together;
stores works on one store of many meters. shared is what several of them take.
"""
