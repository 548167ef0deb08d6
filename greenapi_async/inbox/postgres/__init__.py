"""PostgreSQL as shared state of several processes; needs the extra ``postgres`` and asyncio.

Modules are imported one by one, so that nothing needs psycopg before it is used.
"""
