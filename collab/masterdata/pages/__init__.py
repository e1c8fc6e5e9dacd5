"""Pages of master data: parts, one part, calendars, sites."""
