"""The console script; it imports nothing until a verb needs it."""


def main() -> None:
    """Run the command line."""
    from qosbot.cli import app

    app()


if __name__ == "__main__":
    main()
