"""The public contract of hoso: every record between services, and the topics that carry it.

Nothing here reads a clock, a network or a store; services and outside tools may import it freely.
"""
