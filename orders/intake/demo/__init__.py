"""An invented shop: the same seed and end give the same orders, as files or straight as rows."""
