"""`python -m orchestration.cli`."""

from orchestration.cli.app import app

if __name__ == "__main__":
    app()
