# The base of the image, by its digest. Dependabot renews it, and so does `make base`.
FROM python:3.11-slim@sha256:9c900dea9e8fb7e16277c179b555cc72d29a352dbc33cff48ad5a0412fd5bfc7
