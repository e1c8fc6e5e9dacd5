"""EPCIS 2.0 and CBV 2.0: tracking events read, checked, hashed and written. No Django here.

``read`` takes a JSON document apart into ``model.TrackingFacts`` or refusals, ``identifiers`` and
``vocabulary`` give every value one spelling, ``hashing`` computes the CBV 2.0 event hash and
``write`` makes documents again. Nothing here looks at a clock, a network or a database.
"""
