"""`python -m services.receipt`."""

from services.chassis.app import run
from services.receipt.app import create_app

if __name__ == "__main__":
    run(create_app)
