"""What ships in the bento: a film comes in, a forecast with an interval goes out."""

__version__ = "0.1.0"  # of the code, written by `make release`; a model has a version of its own
