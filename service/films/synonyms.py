"""Labels by other names: what people write, and what training calls it."""

# Labels that mean the same, by field: what people write, and what it is one label with.
SYNONYMS: dict[str, dict[str, str]] = {
    "genre": {
        "Animated": "Animation",
        "Biographical": "Biography",
        "Biopic": "Biography",
        "Concert": "Concert/Performance",
        "Dark Comedy": "Black Comedy",
        "Historical": "History",
        "Performance": "Concert/Performance",
        "Rom-Com": "Romantic Comedy",
        "Romcom": "Romantic Comedy",
        "Sci Fi": "Sci-Fi",
        "Science Fiction": "Sci-Fi",
        "SciFi": "Sci-Fi",
        "Super Hero": "Superhero",
        "Suspense": "Thriller/Suspense",
        "Thriller": "Thriller/Suspense",
    },
    "mpaa_rating": {
        "NC17": "NC-17",
        "NR": "Not Rated",
        "PG 13": "PG-13",
        "PG13": "PG-13",
        "Unrated": "Not Rated",
    },
}
# Where training has no such label of its own: the one under which it lists most of such films.
NEAREST: dict[str, dict[str, str]] = {
    "genre": {
        "Animation": "Adventure",
        "Biography": "Drama",
        "Crime": "Drama",
        "Family": "Adventure",
        "Fantasy": "Adventure",
        "History": "Drama",
        "Mystery": "Thriller/Suspense",
        "Romance": "Drama",
        "Sci-Fi": "Action",
        "Sport": "Drama",
        "Superhero": "Action",
        "War": "Drama",
    },
}
