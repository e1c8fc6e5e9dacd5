"""Template tags of the forecasting pages."""
