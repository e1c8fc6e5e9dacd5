"""Writes of the forecasting app: histories, runs, daily demand."""

from forecasting.services.history import HistoryLoad, load_history
from forecasting.services.runs import HORIZONS, start_forecast

__all__ = ["HORIZONS", "HistoryLoad", "load_history", "start_forecast"]
