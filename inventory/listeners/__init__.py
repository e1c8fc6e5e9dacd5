"""What the inventory app does when something happened: here, in other areas, at partners."""
