"""Conversion between JSON and models."""
