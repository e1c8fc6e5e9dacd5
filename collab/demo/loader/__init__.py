"""Writes a demo network into the database: all of it in one transaction, or nothing."""

from collab.demo.loader.network import is_loaded, load

__all__ = ["is_loaded", "load"]
