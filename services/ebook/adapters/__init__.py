"""One module per collection; the only code of this service that speaks to MongoDB."""
