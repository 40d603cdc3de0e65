"""Labels by other names: what people write, and what training calls it."""

SYNONYMS: dict[str, dict[str, str]] = {"district": {"Harbor": "Harbour"}}  # by field, one label
NEAREST: dict[str, dict[str, str]] = {}  # by field, the label where training lacks another
