"""`python -m casparian.cli` is `casparian`."""

from casparian.cli.root import main

if __name__ == "__main__":
    main()
