"""One order as pages show it."""

from orders.desk.detail.addresses import Frame, act_url, order_url
from orders.desk.detail.composer import Composer
from orders.desk.detail.facts import courier_name
from orders.desk.detail.reading import ReadSituation, find_situation

__all__ = ["Composer", "Frame", "ReadSituation", "act_url", "courier_name", "find_situation", "order_url"]
