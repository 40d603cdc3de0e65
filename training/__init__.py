"""The pipeline: tables of films in, a model in the BentoML store and a report out."""
