"""What several tests need: a server, films, fakes. No test imports another test."""
