"""Plays the demo network forward: a pure core, its scenarios, and what sends its reports."""
