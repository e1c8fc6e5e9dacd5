"""X12 syntax, read as it really comes, and acknowledged; meaning is the areas' business."""
