"""Not a service: how every service starts, reads, publishes, fails and is watched.

A service hands over `Reads` (topics, decode, handle) and `Loop`s and contains no Kafka plumbing.
"""
