"""Verdicts on signatures of dossiers and settlements, in the words of ETSI EN 319 102-1.

Consumes intake.dossier.v1 (group `signature`); publishes signature.verdict.v1.
Stores one document per dossier version: verdicts, what waits, outcomes, outbox.
Guarantees that unknown never becomes valid and that a redelivery repeats the stored verdict.
Owner: the trust team.
"""
