"""Smoke test of a running server over REST and gRPC, from outside."""

import argparse
from typing import Any

from delivery.clients import Grpc, Rest, SmokeFailed
from service.films.fields import NUMBERS, reached
from service.films.schema import TARGET
from training.common import params
from training.common.cli import run

REFUSED = {NUMBERS[0]: -1}


def check_rest(endpoint: Rest, films: list[params.Smoke], model: str) -> str:
    """Test REST; returns one line. `model` is the tag that has to serve, "" for any."""
    endpoint.expect("/v2/health/ready")
    tag = endpoint.expect("/v1/model")["model"]
    if model and tag != model:
        raise SmokeFailed(f"{endpoint.url} serves {tag}, and not {model}, which was built.")
    answers = [endpoint.expect("/v1/prediction", film.film) for film in films]
    for film, answer in zip(films, answers, strict=True):
        check_forecast(endpoint.url, film, answer)
    together = endpoint.expect("/v1/predictions", [film.film for film in films])
    if [nameless(each) for each in together] != [nameless(each) for each in answers]:
        raise SmokeFailed(f"{endpoint.url} forecasts other numbers for films together than alone.")
    endpoint.expect("/v1/prediction", REFUSED, status=400)
    return f"{endpoint.url} serves {tag}: {len(films)} films are forecast, a wrong one is refused"


def nameless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without its id, which is another each time."""
    return {name: value for name, value in answer.items() if name != "id"}


def check_forecast(url: str, film: params.Smoke, answer: dict[str, Any]) -> None:
    """Raises SmokeFailed for an absurd forecast, or one outside of its own interval."""
    point, interval = answer[TARGET], answer["interval"]
    if not interval["low"] <= point <= interval["high"]:
        raise SmokeFailed(f"{url} forecasts {point:,.0f} for {film.name}, off its interval.")
    # A model without a later horizon answers such a film from what is known before it.
    if reached(film.film) == answer["horizon"] and not film.low <= point <= film.high:
        raise SmokeFailed(
            f"{url} forecasts {point:,.0f} for {film.name}, and not "
            f"{film.low:,.0f} to {film.high:,.0f}."
        )


def check_grpc(endpoint: Grpc, films: list[params.Smoke], expected: list[float]) -> str:
    """One line on what was seen; `expected` is what REST forecast for these films."""
    endpoint.check()
    for film, point in zip(films, expected, strict=True):
        found = endpoint.forecast(film.film)
        if found != point:
            raise SmokeFailed(
                f"{endpoint.url} forecasts {found:,.0f} for {film.name} over gRPC and "
                f"{point:,.0f} over REST."
            )
    return f"{endpoint.url} serves gRPC: the same {len(films)} forecasts"


def check(rest: Rest, rpc: Grpc, films: list[params.Smoke], model: str = "") -> list[str]:
    """Test both services of one deployment; returns one line for each, or raises SmokeFailed."""
    seen = check_rest(rest, films, model)
    return [seen, check_grpc(rpc, films, [rest.forecast(film.film) for film in films])]


def main(argv: list[str] | None = None) -> int:
    """Test a running server with the smoke films of params.yaml."""
    parser = argparse.ArgumentParser(prog="python -m delivery.smoke", description=__doc__)
    parser.add_argument("rest", help="URL of the REST endpoint")
    parser.add_argument("grpc", help="URL of the gRPC endpoint; http:// is plain HTTP/2")
    parser.add_argument("--model", default="", help="tag that has to serve")
    arguments = parser.parse_args(argv)
    rest, rpc = Rest(arguments.rest.rstrip("/")), Grpc(arguments.grpc)
    print("\n".join(check(rest, rpc, params.load().promote.smoke, arguments.model)))
    return 0


if __name__ == "__main__":
    run("smoke", main)
