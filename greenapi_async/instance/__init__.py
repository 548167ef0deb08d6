"""The instance itself: sign-in, readiness checks, and how it delivers notifications."""
