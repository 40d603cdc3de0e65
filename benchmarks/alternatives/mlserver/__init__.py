"""MLServer's settings of the model, and its runtime."""
