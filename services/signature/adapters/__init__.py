"""One module per outside system: the trust-list files, MongoDB."""
