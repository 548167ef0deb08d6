"""``python -m greenapi_async``: the command line tool."""

from greenapi_async.cli import main

if __name__ == "__main__":
    main()
