"""EDIFACT syntax, read and written; what the segments mean is the areas' business."""
