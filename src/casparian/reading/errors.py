"""What a format says of a file that is not what it seems."""


class UnreadableFile(Exception):
    """The file as a whole is not what its format says. Carries one sentence for the user."""
