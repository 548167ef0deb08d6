"""``greenapi mcp``: methods of an instance as tools of the Model Context Protocol. Requires the extra ``mcp``."""
