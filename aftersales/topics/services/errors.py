from orders.core.services import OrderError


class TopicError(OrderError):
    """An act on topics that is refused."""


class TopicConflict(TopicError):
    """Somebody else saved the topic since the form was made."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "version")
