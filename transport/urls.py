"""Routes of orders, loads, shipments, routes, dispatch advices and what they cost and emit."""

from django.urls import URLPattern

pages: list[URLPattern] = []
api: list[URLPattern] = []
