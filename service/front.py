"""The application that a worker runs: our doors and pages around what BentoML makes."""

import bentoml
from starlette.types import ASGIApp


class Front(bentoml.Service):  # type: ignore[misc]
    """A BentoML service that answers films before BentoML's own request handling does.

    That handling costs several times what a forecast does. `traced` puts the doors behind it, so
    that each request is a span.
    """

    traced = False

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application of one worker."""
        # Not at the top: the process that only starts the workers needs none of it.
        from service.rest.endpoint import Doors
        from service.rest.pages import OneErrorShape, pages

        self.mount_apps[:] = [(pages, "/", None)]
        self.middlewares[:] = [(OneErrorShape, {})]
        if self.traced:
            self.middlewares.insert(0, (Doors, {}))
        app: ASGIApp = super().to_asgi(is_main)
        return app if self.traced else Doors(app)


class TracedFront(Front):
    """A front whose requests are spans."""

    traced = True
