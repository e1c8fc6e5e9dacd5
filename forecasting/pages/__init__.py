"""Pages of forecasts, releases, commits and capacity."""
