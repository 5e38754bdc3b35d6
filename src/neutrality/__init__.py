"""From the meter to an annual carbon-neutrality report that a stranger can recompute.

The five notebooks are the method; these rooms hold their arithmetic. A room imports only from a
lower shelf.

Shelf 0
    units        physical conversions by name
    labels       names of things in Chinese and English, and the font that has them all
Shelf 1
    tables       each table's columns, units, bounds, meaning; read, check, write
    ledger       what certificates and credits share: serial ranges, quantity, overlap, claim years
    emissions    published factors and GWPs with sources; activity x factor -> t by gas
Shelf 2
    baseline     sufficiency, fit, predict, goodness of fit, avoided energy and its band
    green_power  location and market view, matching, avoided, factor switchboard
    offsets      the residual and its spread, credits needed, stress
    intensity    intensity per basis, verdicts, LMDI drivers
    claims       a figure that may be stated; the audit of announced figures
    charts       one function a figure
Shelf 3
    parameters   the notebooks' parameter cells: what a case's YAML may say
    report       claims and tables into the two texts and their HTML, PDF and Word
    bundle       stage, describe, verify, publish
Shelf 4
    run          a case through the notebooks
    new          a case of one's own: commented YAML, table templates, editor schema
Shelf 6
    cli          check, run, new
"""
