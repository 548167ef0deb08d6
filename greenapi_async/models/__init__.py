"""The server's JSON objects as attrs classes, one module per subject."""
