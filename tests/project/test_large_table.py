"""The table that the benchmark scores: the same from the same seed, and of films that are good."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from benchmarks import large_table
from service.films.fields import FIELDS
from service.model.manifest import Manifest
from service.model.predictor import Predictor
from training.scoring.judging import judge
from training.scoring.reading import Batch, Fault


@pytest.fixture(scope="module")
def manifest(model_folder: Path) -> Manifest:
    return Predictor.load(model_folder).manifest


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few films at once that a small table is drawn in three parts."""
    monkeypatch.setattr(large_table, "GROUP", 40)


def test_the_same_seed_draws_the_same_films(manifest: Manifest) -> None:
    first, again, other = (
        pa.concat_tables(large_table.tables(100, manifest, seed)) for seed in (1, 1, 2)
    )

    assert first.equals(again)
    assert not first.equals(other)
    assert first.slice(0, 40).equals(next(large_table.tables(40, manifest, 1)))


def test_every_film_is_one_that_the_api_would_accept(manifest: Manifest) -> None:
    table = pa.concat_tables(large_table.tables(100, manifest))
    faults: list[Fault] = []
    [rows] = table.combine_chunks().to_batches()

    films = judge(Batch(rows, table["number"].to_numpy()), False, faults)

    assert [] == faults
    assert set(films.columns) == set(table.column_names) & set(FIELDS)
    assert all(0 < table[name].null_count < 40 for name in films.columns)


def test_it_is_written_as_csv_and_as_parquet(manifest: Manifest, tmp_path: Path) -> None:
    for name in ("films.csv", "films.parquet"):
        large_table.write(tmp_path / name, 100, manifest)

    drawn = pa.concat_tables(large_table.tables(100, manifest))
    assert drawn.equals(pq.read_table(tmp_path / "films.parquet"))
    assert 3 == pq.ParquetFile(tmp_path / "films.parquet").num_row_groups
    assert drawn["number"].equals(pacsv.read_csv(tmp_path / "films.csv")["number"])
