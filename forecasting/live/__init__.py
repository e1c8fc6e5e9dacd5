"""Rows of the forecasting app on open screens, one file a noun."""
