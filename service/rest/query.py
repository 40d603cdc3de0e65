"""What stands behind the question mark of an address."""

from urllib.parse import parse_qsl

from service.errors import InvalidRequest, shown

_LONGEST = 1000  # bytes


def in_query(query: bytes, *names: str) -> dict[str, str]:
    """The parameters of these names that are there; raises InvalidRequest for any other."""
    if not query:
        return {}
    if len(query) > _LONGEST:
        raise InvalidRequest(f"The parameters of an address may have {_LONGEST:,} bytes.")
    found: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in names:
            known = f": there is {', '.join(names)}" if names else ""
            raise InvalidRequest(f"{shown(name)} is not a parameter here{known}.")
        if name in found:
            raise InvalidRequest(f"The parameter {name} is there twice.")
        found[name] = value
    return found
