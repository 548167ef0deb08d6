"""The simulated accounts and the people around them, independent of any network."""
