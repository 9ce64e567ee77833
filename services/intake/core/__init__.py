"""Pure: what a portal record means and how it is answered."""
