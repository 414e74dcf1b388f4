"""What runs by the clock, in the worker's own process."""
