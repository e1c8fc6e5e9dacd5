"""Catena-X aspect models as typed objects: checked on the way in, written on the way out."""
