"""Side-by-side runs against what a user would pick instead, and how long a forecast takes."""
