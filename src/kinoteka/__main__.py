"""`python -m kinoteka` is the command `kinoteka`."""

from kinoteka.cli import main

if __name__ == "__main__":
    main()
