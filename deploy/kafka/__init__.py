"""Kafka's own settings: topics and access rights, generated from `schemas/topics.py`."""
