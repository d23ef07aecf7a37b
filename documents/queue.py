"""The queue of documents to render. The rows are the queue; a broker would only wake it earlier."""


def wake() -> None:
    """Tell the worker, if there is a broker to tell it through, that something waits."""
