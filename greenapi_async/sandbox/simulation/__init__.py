"""The instances and the people around them, as they would be without any network."""
