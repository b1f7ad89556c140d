from orders.core.services import OrderError


class RuleError(OrderError):
    """A change of the rules that is refused."""
