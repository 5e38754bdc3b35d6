"""What a stranger does with a bundle, without trust in whoever made it.

received opens a folder or zip file safely; verify says in seconds whether the bundle agrees with
itself, printed whether its report says what its claims say (sketch is the page they make, word by
word), making whether its files are those of the release that it names; replay recomputes it from
its inputs, and verdicts says of each figure whether it came out the same, and where a difference
began; told puts both into lines for people and JSON for machines.

signatures says who signed, in which role and order (statements as they are read, sshsig the format,
timestamps the time), and actions says it in the crate; compare holds two bundles against each
other, years makes the bridge between their residuals.

bench reads what notebook 06 works on; sampling says which rows are looked at, recalculation makes
their tonnes again from the inputs, opinion ranks what was found and drafts what may be said.
"""
