"""ingest.source is changed in the text of params.yaml, and nothing else is."""

import pytest

from delivery import sources
from service.errors import BoxOfficeError
from tests.support.project import ROOT

TEXTS = {
    "shipped": (ROOT / "params.yaml").read_text(),
    "one": "ingest:\n  source: [data/open]   # a comment\n  max_dropped: 0.1\n",
    "two": "a: 1\ningest: {max_dropped: 0.1, source: [data/open,  'gs://films/raw' ]} # end\n",
    "lines": "ingest:\n  source:\n    - data/open # ours\n    # theirs\n    - gs://raw\n\nb: 2\n",
    "flush": "ingest:\n  source:\n  - data/open\n  max_dropped: 0.1\r\n",
}
HEAD = "ingest:\n  source: "


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_added_is_the_last_source_and_removed_it_leaves_every_byte(text: str) -> None:
    listed = [item.value for item in sources._listed(text).value]

    added = sources.added(text, "data/openings")

    assert [*listed, "data/openings"] == [item.value for item in sources._listed(added).value]
    assert text == sources.removed(added, "data/openings")


@pytest.mark.parametrize(
    ("source", "left"), [("a", "[b, c] # d"), ("b", "[a, c] # d"), ("c", "[a, b] # d")]
)
def test_any_source_is_removed(source: str, left: str) -> None:
    assert f"{HEAD}{left}" == sources.removed(f"{HEAD}[a, b, c] # d", source)


def test_the_only_source_is_not_removed() -> None:
    with pytest.raises(BoxOfficeError, match=r"a is the only ingest\.source of params\.yaml: name"):
        sources.removed(f"{HEAD}[a]", "a")


def test_a_source_is_replaced_and_one_whose_name_only_begins_alike_is_not() -> None:
    text = f"{HEAD}[gs://films/raw, gs://films/raw2] # gs://films/raw"

    new = sources.replaced(text, {"gs://films/raw": "/tables/0"})

    assert f"{HEAD}[/tables/0, gs://films/raw2] # gs://films/raw" == new


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_one_source_takes_the_place_of_all(text: str) -> None:
    new = sources.alone(sources.added(text, "data/outcomes"), "gs://raw")

    assert ["gs://raw"] == [item.value for item in sources._listed(new).value]
    assert new.startswith(text.partition("source:")[0])
    assert new.endswith(text.rpartition("\n")[2])


def test_a_source_that_is_no_list_is_refused() -> None:
    with pytest.raises(BoxOfficeError, match=r"ingest\.source is no list: write it as \[data/o"):
        sources.added(f"{HEAD}data/open", "data/openings")
