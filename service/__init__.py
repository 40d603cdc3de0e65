"""What ships in the bento: a film comes in, a forecast with an interval goes out."""
