"""`python -m services.ebook`."""

from services.chassis.app import run
from services.ebook.app import create_app

if __name__ == "__main__":
    run(create_app)
