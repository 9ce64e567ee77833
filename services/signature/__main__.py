"""`python -m services.signature`."""

from services.chassis.app import run
from services.signature.app import create_app

if __name__ == "__main__":
    run(create_app)
