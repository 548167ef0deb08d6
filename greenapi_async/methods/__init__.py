"""Methods of the API, one module per section of the manual: Endpoint constants and a mixin of the client.

To add a method, add an ``Endpoint`` constant and a method below it that passes its arguments, by their names on the
wire, to ``_request``. Nothing else in the package needs to know about it: rate limiting, retries, validation and errors
are driven by the constant.
"""
