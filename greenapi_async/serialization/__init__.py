"""JSON to models, and arguments to JSON."""
