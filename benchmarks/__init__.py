"""Box Office beside what one might use instead, and how long a forecast takes."""
