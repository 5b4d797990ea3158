"""``python -m textseg``."""

from textseg.cli.app import main

if __name__ == "__main__":
    main()
