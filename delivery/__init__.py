"""From a tested commit to Cloud Run, and back: what the workflows call."""
