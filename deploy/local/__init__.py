"""The real Kafka, MongoDB and SMTP server without containers, for demo, tests and bench alike.

Nothing is installed on the system, everything listens on 127.0.0.1, and no process outlives its
supervisor. See README.md.
"""
