"""Does the leak suite itself work? Each mutant opens one wall; some test has to notice.

``python -m tests.mutations`` applies them one at a time in a copy and prints a table.
"""
