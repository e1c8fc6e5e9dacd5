"""Plans from spreadsheets: the same services as every other door."""
