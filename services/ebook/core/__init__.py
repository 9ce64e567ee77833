"""Pure: values in, values out; no clock, no network, no store."""
