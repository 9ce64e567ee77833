"""Consumes portal.dossier.v1, every record of it, however broken.

Publishes intake.dossier.v1: exactly one event id per portal record, named in its `origin`.
Stores `dedupe`: one row per version, withdrawal and settlement of a dossier, without expiry.
Guarantees: a redelivery repeats the event byte for byte; all defects are named at once.
Owner: intake team.
"""
