"""Pure: what a dossier version knows, which letters it calls for, and what its clock says."""
