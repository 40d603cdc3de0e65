"""From a tested commit to Cloud Run and back: everything that the workflows call."""
