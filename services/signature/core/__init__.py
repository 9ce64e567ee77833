"""Pure: a record, the evidence and a policy in, a verdict out; no clock, no store, no network."""
