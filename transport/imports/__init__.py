"""Spreadsheets that become rows of the transport app."""
