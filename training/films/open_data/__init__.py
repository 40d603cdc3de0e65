"""Build the tables in data/open from two published packages.

The tables are committed, so this is not part of the pipeline; it is kept so that anyone can
check where every value came from. Get the two inputs, then run the package:

    npm pack vega-datasets@3.2.1 && tar -xzf vega-datasets-3.2.1.tgz
    pip download bokeh_sampledata==2026.1 --no-deps && unzip bokeh_sampledata-2026.1-*.whl
    python -m training.films.open_data package/data/movies.json bokeh_sampledata/_data/movies.db

data/README.md says what is repaired or dropped, and why.
"""
