"""What only a sandbox has: the page for people, and the control API under it."""
