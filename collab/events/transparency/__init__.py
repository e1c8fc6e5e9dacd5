"""The tamper-evident ledger: a Merkle tree per organisation and topic, heads signed and witnessed.

``merkle``, ``proofs``, ``heads``, ``bundles`` and ``__main__`` know no framework, so that anybody
can check a proof away from here.
"""
