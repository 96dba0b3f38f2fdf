"""Every format against bytes that nobody meant to write."""
