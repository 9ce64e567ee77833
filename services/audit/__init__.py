"""Read-only replay of the topics: no producer, no SMTP, no store is ever written."""
