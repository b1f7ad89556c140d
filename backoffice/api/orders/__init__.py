"""The REST API of orders: the queue, one order, and every act its page offers, under the same rules."""
