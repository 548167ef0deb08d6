"""The API of the fake server, independent of the network: routes, checks and methods."""
