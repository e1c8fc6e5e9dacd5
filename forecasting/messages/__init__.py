"""What partners' messages about demand and capacity mean, in one form for all formats.

Plain functions from a read document to a frozen object and back; nothing here knows a database.
"""
