"""The instance itself: sign-in, readiness checks, and delivery of notifications by webhook or polling."""
