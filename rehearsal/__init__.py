"""All workflows, from a pull request to Cloud Run and back, on one machine without a cloud."""
