"""What goes out to the platform."""
