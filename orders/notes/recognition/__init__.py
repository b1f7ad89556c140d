"""What a buyer's note asks for: types, values and what is missing, found by rules alone."""

from orders.notes.recognition.recognise import asks_only_for_card, recognise
from orders.notes.recognition.results import OrderedLine, Problem, Recognition

__all__ = ["OrderedLine", "Problem", "Recognition", "asks_only_for_card", "recognise"]
