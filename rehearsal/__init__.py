"""The way to Cloud Run and back on one machine, without a cloud."""
