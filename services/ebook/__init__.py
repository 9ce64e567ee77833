"""ebook: authenticated settlements become entries in one electronic book per person.

Consumes signature.verdict.v1 (group ebook.split) and ebook.change.v1 (group ebook.fold).
Publishes ebook.change.v1 and ebook.dossier.v1 (DossierCompleted).
Stores aliases, facts, books and settlements in `<prefix>_ebook`.
Guarantees: no entry without an authenticated settlement; applying twice changes nothing.
Owner: the ebook team.
"""
