"""`parley` on the command line."""

from parley.commands import application


def main() -> None:
    """Run the command that was typed."""
    application()


if __name__ == "__main__":
    main()
