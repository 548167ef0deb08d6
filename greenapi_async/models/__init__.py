"""What the server says, as attrs classes; one module per subject."""
