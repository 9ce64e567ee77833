"""The portal simulator: a small national PKI, people and firms, their dossiers and settlements.

Publishes to `portal.dossier.v1` what the National Public Service Portal would, good and bad.
Not part of the product: the four services never import it. One seed gives one world: the same
texts, codes, people and order; only signatures (and the times they claim) differ between runs.
"""
