"""From the server's queue to the handler.

``polling`` asks and deletes; ``intake`` keeps what came in an inbox, in the form of ``arrivals``; ``reading`` makes a
notification of it. ``notifications`` is the loop of ``async for``, ``merging`` several of them. ``processing`` runs
handlers side by side, in ``lanes``, by the ``rules`` a user chose, over clients that ``several`` puts together;
``listening`` tells a ``conversation`` what comes in meanwhile. ``recovering`` replays the journal; ``counters`` count.
"""
