"""The server's notification queue: long polls, deletions, deduplication and recovery."""
