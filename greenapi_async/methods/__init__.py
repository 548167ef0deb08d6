"""The methods, one module per section of the manual: endpoint constants, each with its function under it."""
