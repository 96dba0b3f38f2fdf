"""The platform's servers on one machine without containers, for development and tests.

``python -m local up|down|status`` (``make stack``, ``make stack-down``, ``make stack-status``).
Each server is one small class with ``install``, ``start``, ``ready`` and ``stop``, and integration
tests use the very same classes. Ports are free ones of loopback, kept from start to start.
"""
