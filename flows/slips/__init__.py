"""退回单: every refused or questioned hand-in goes back to its department, marked, until a good one closes it.

``slips/<department>/`` is a function of the published state. A slip that a person has edited since is left alone.
"""
