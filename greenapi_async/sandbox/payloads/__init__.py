"""Request and response bodies: parsing, validation and serialization."""
