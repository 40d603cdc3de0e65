"""One film, as REST and as gRPC ask for it."""

import json

from service.rpc import box_office_pb2 as pb

FILM = {"production_budget": 20000000, "opening_gross": 9000000}
BODY = json.dumps(FILM).encode()
MOVIE = pb.Movie(**FILM)
