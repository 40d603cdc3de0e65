"""The same model behind what one might use instead, each written as in its own guide."""
