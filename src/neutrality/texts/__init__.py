"""What a reader reads: names, sentences, the two report texts, and how figures look.

labels gives names and numbers as printed; findings the sentences of checks; messages those of the
command line in Chinese; hints the nearest known name; fonts the files that figures and pages are
drawn with; drawing the style of all figures, svg writes them, repeats spares it what matplotlib
asks again, pictures makes their pixels, side_by_side draws on two cores. The texts themselves are
files beside these modules.
"""
