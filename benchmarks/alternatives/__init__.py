"""The same model behind what a user would pick instead, each written as its own guide has it."""
