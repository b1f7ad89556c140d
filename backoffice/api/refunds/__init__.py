"""After-sales cases: the queue, one case, and every act on it."""
