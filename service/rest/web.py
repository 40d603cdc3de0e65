"""The page for people at `/`: files that a browser keeps, and asks for again once they change."""

from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parents[1] / "web"
_INDEX = "index.html"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class Page:
    """The files of a folder, with one version: a hash, which is a part of their addresses."""

    def __init__(self, folder: Path) -> None:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        self.version = sha256(repr(files).encode()).hexdigest()[:16]
        index = files.pop(_INDEX)
        self._files = files
        self._index = index.replace(b'"web/', b'"web/%s/' % self.version.encode())
        # Or a browser would find out one after the other which modules import which.
        modules = [name for name in files if name.endswith(".js")]
        self._links = ", ".join(
            f"<web/{self.version}/{name}>; rel=modulepreload" for name in modules
        )

    async def index(self, request: Request) -> Response:
        """The page itself, which names the files of its own version."""
        answer = self._answer(request, _INDEX, self._index, _ASK_AGAIN)
        answer.headers["link"] = self._links
        return answer

    async def file(self, request: Request) -> Response:
        """A file. One that another version of the page asks for is not to be kept."""
        name = request.path_params["name"]
        if name not in self._files:
            return JSONResponse({"error": "Not Found"}, 404)
        current = request.path_params["version"] == self.version
        return self._answer(
            request, name, self._files[name], _FOR_A_YEAR if current else _ASK_AGAIN
        )

    def _answer(self, request: Request, name: str, body: bytes, keep: str) -> Response:
        tag = f'"{self.version}"'
        headers = {"cache-control": keep, "etag": tag, "content-security-policy": _POLICY}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=_TYPES[Path(name).suffix])


page = Page(FOLDER)
routes = [
    Route("/", page.index, methods=["GET"]),
    Route("/web/{version}/{name}", page.file, methods=["GET"]),
]
