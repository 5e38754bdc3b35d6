"""From the meter to an annual carbon-neutrality report that a stranger can recompute.

The five notebooks are the method; these wings hold their arithmetic, one subject each, and
import downwards only. Where to look for what:

    a column of a table                      case/schemas
    a cell that was read or refused          case/columns, tables
    an emission factor, a grid factor        reference/emission_factors, grid_factors
    a GWP, a unit, a published coefficient   reference/gases, units, published
    how well a value is known                reference/status
    tonnes from bills                        inventory/activities
    location- and market-based totals        inventory/views, change
    why an inventory changed                 inventory/change, attribution; energy/attribution
    the baseline model and its savings       energy/baseline, towt, hour_ridge, savings
    a certificate or credit that is refused  ledger/certificates, credits, ranges
    matching, and the choice of factor       green/coverage, rules
    credits needed, with which confidence    offset/residual, sizing, stress
    an intensity and its drivers             trend/intensity, carriers, lmdi
    a figure that may be stated              claims, texts/claims.csv
    a sentence of the report                 texts/report.zh.md, report.en.md
    a name of a thing, a sentence of a check texts/labels.csv, findings.csv
    a figure's drawing                       charts in each wing, texts/drawing
    the announced figures and their verdicts report/audit
    an announcement sentence by sentence     report/sentences, texts/reasons.csv
    figures that contradict each other       report/crosschecks
    a notebook that was edited               report/methods
    a parameter, a run, a bundle             runner/parameters, run, bundle
    what a run repeats, and what it does not runner/reuse, unchanged
    what a bundle says of its making         runner/release, provenance, crate
    what check refuses                       runner/checks, refusals
    whether a bundle agrees with itself      verifier/verify, printed, replay
    who signed, what changed since last year verifier/signatures, compare, years
    many sites together                      portfolio/overview, page, book
    what earlier runs have left              runner/outputs
    many sites by one command                portfolio
"""

import logging

# matplotlib lists the machine's fonts at its first import and, where this takes 5 s or the list
# cannot be kept, reports so on stderr: in a notebook that is an output. texts/fonts replaces the
# list, so that neither changes anything.
_OF_NO_CONCERN = ("building the font cache", "temporary cache directory", "mkdir -p failed")


def _concerns(record: logging.LogRecord) -> bool:
    return not any(words in str(record.msg) for words in _OF_NO_CONCERN)


for _logger in ("matplotlib", "matplotlib.font_manager"):
    logging.getLogger(_logger).addFilter(_concerns)
