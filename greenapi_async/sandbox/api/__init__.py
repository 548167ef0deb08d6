"""The methods of the API, and the ways in to them."""
