"""From claims and tables to the report in two languages; no arithmetic of its own.

audit compares announced figures with claims, answers forms the claims that only an announcement
asks for, sentences gives each sentence of it a verdict or a reason; bridge leads from the
counterfactual to zero; crosschecks refuses claims and tables that contradict each other; methods
compares the notebooks with the release's; open_evidence sizes what is undecided; clauses answers
the checklist of the standards; disclosures holds what is said for whoever signs, and what is not
given; exhibits formats tables; templates reads and checks the two texts; placeholders gives what
they ask for; pages makes HTML, PDF and Word; columns says how broad the columns of tables are on
paper, word how the Word file looks; origins says what each number of the HTML rests on, formulas
how it follows; report puts all together; charts draws the bridge and the scorecard.
"""
