"""Results as people read them: one view of each kind, and reports in HTML.

``report.<kind>.view`` tells a kind of result in words, tables and pictures; ``report.page.html`` makes one
file of it, which needs no network, to read on a telephone or in print.
"""
