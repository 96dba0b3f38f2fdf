"""What all formats read with: text, times, tables, JSON, XML, workbooks, packed files, records.

Knows how files are written and nothing of who writes them: those are the families in `formats`.
"""
