"""What the forecasting app does when it hears of something, one file a noun."""
