"""The four services, the chassis under them, the portal simulator and the `hoso` command."""
