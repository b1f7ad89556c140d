class EmbeddedError(Exception):
    """Why the embedded servers cannot serve, in one sentence for the person at the terminal."""
