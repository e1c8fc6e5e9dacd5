"""REST of forecasts, releases, commits and capacity."""
