"""From the meter to an annual carbon-neutrality report that a stranger can recompute.

The five notebooks are the method; these rooms hold their arithmetic. A room imports only from a
lower shelf.

Shelf 0, and what it stands on
    sheets       the cells of a table file in any format
    units        physical conversions by name
    schemas      what each table of a case holds: columns, kinds, units, bounds, meaning
    findings     what was found in a case: refused, odd, or unchecked
    labels       names of things in Chinese and English, and the font that has them all
Shelf 1
    tables       a case's tables in any format: read, check, write
    ledger       what certificates and credits share: serial ranges, quantity, overlap, claim years
    serials      serial numbers of carbon credits, read and written back the same
    emissions    published factors and GWPs with sources; activity x factor -> t by gas
    drawing      what all figures share: style, colours, names, and saving in both languages
    meters       hourly readings as arrays on the site's own clock; gaps filled; by month, by day
    calendars    days that are not what their weekday says: holidays, days worked in exchange, closures
    series       published yearly series: metrics, units, sources that disagree, boundaries
    lmdi         by how much each factor changed a total
    towt         the arithmetic of the hourly model, on plain arrays of all meters at once
    uncertainty  what is uncertain and what it acts on: seeded draws, and error propagation beside them
Shelf 2
    sufficiency  may these readings carry a baseline
    green_certificates  certificates' ranges, validity, technology and instrument checked
    carbon_credits      credits' serials, retirement, its text, and scheme checked
    evidence     what is odd about a case as a whole: missing months, overrides, illustrations
    baseline     an hourly model of every meter: fit, predict, goodness of fit
    savings      avoided energy by end use and month, and how sure it is
    green_power  location and market view, avoided
    green_rules  which rule counts green power as zero, the factor it asks for, the factor switchboard
    coverage     which load a supply meets, by hour, day, month, year and grid region
    offsets      what is left, the credits it needs with how much confidence, their stress
    intensity    intensity per basis, verdicts, drivers
    carriers     energy from its carriers as standard coal, and as drivers of emissions
    targets      plan values, the distance to each, the rate it needs
    peers        other companies on the same basis
    claims       a figure that may be stated
    bridge       from the counterfactual to neutral, step by step
    energy_charts   figures of the baseline, one function each
    green_charts    figures of green power
    offset_charts   figures of the offset
    trend_charts    figures of the intensity trend
    report_charts   figures of the report as a whole
    exhibits     tables and numbers as a reader of Chinese or English expects them
    pages        one Markdown text into HTML, PDF and Word, the same bytes each time
Shelf 3
    quality_criteria  the eight criteria of the Scope 2 Guidance, answered from the ledger
    building     the building's intensity, raw and at one weather, and who changed it
    registry     a registry's export put into a case's ledger of credits as it is
    parameters   the notebooks' parameter cells: what a case's YAML may say
    audit        announced figures beside the claims that answer them: four verdicts
    report       claims and tables put into the two texts
    bundle       stage, describe, verify, publish
Shelf 4
    checks       may this case become a report: parameters, tables, and what the rules refuse
Shelf 5
    run          a case through the notebooks
    new          a case of one's own: commented YAML, table templates, editor schema
    double_claims  whether two cases claim the same certificate or credit
Shelf 6
    cli          check, run, new, import
"""
