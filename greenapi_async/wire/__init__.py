"""From an endpoint and its values to an answer: pure protocol, pace, retries, and the one place that touches httpx."""
