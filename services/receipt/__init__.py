"""Consumes intake.dossier.v1, signature.verdict.v1 and ebook.dossier.v1 as group `receipt`.

Publishes receipt.letter.v1 through the outbox of its documents; sends letters by SMTP.
Stores one document per dossier version in `documents`: clock, letters, outcome, outbox.
Guarantees one letter id per (code, version, kind, recipient) and one outcome per clock, whatever
the order of its inputs. Owner: the receipt team.
"""
