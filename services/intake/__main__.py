"""`python -m services.intake`."""

from services.chassis.app import run
from services.intake.app import create_app

if __name__ == "__main__":
    run(create_app)
