"""Receipts and stock in the forms of partners' systems: RECADV, INVRPT, X12 861 and 846."""
