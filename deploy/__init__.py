"""From this repository to a cluster: images, their tags and lists of parts.

Knows `local` for what is fetched and pinned; nothing knows it.
"""
