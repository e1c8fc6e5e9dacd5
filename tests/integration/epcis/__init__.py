"""Tests of the EPCIS package: no Django in them."""
