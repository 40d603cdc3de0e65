"""gRPC: the code that is generated of box_office.proto, and calls made with it."""
