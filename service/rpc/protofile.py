"""box_office.proto as the schema wants it; `make proto` writes it: python -m service.rpc.protofile.

The number of a field is its place in the schema, so new fields go to its end.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from service.films.schema import EXPECTED, HORIZONS, NOUN, TARGET, Outcome, Row

ROW = Row.__name__
ONE, MANY = ROW.lower(), f"{ROW.lower()}s"
PATH = Path(__file__).with_name("box_office.proto")

_ASKED = """\
  // Of the interval; that of the model where it is absent.
  optional double coverage = 2;
  // An amount, of which the answer then has the chance of at least so much.
  optional double at_least = 3;
  // Probabilities, whose quantiles the answer then has.
  repeated double quantiles = 4;"""

_TEXT = f"""\
// Forecasts of the {TARGET} of {NOUN}s. Written by `make proto` from service/films/schema.py.
syntax = "proto3";

package boxoffice.v1;

service Predictor {{
  // One {NOUN}, one forecast.
  rpc Predict(PredictRequest) returns (PredictResponse);
  // Many {NOUN}s, all of them or none.
  rpc PredictBatch(PredictBatchRequest) returns (PredictBatchResponse);
  // Lists of {NOUN}s, each answered as it comes, in order.
  rpc PredictStream(stream PredictBatchRequest) returns (stream PredictBatchResponse);
  // What each field does to the forecasts of some {NOUN}s, all of them or none.
  rpc Explain(ExplainRequest) returns (ExplainResponse);
  // The {NOUN}s of the training data that are most like one.
  rpc Comparables(ComparablesRequest) returns (ComparablesResponse);
  // What became of some {NOUN}s, for whoever has the token: metadata `authorization: Bearer TOKEN`.
  rpc Outcomes(OutcomesRequest) returns (OutcomesResponse);
}}

// What is known of a {NOUN}. A field that is absent, 0 or blank is unknown.
message {ROW} {{
%s
}}

// Where the {TARGET} will lie with probability `coverage`.
message Interval {{
  double low = 1;
  double high = 2;
  double coverage = 3;
}}

// The probability of at least an amount.
message Chance {{
  double at_least = 1;
  double probability = 2;
}}

// What the {TARGET} is below with a probability.
message Quantile {{
  double probability = 1;
  double {TARGET} = 2;
}}

// What a forecast could know.
enum Horizon {{
  HORIZON_UNSPECIFIED = 0;
%s
}}

message Prediction {{
  // The median.
  double {TARGET} = 1;
  Interval interval = 2;
  Horizon horizon = 3;
  // What makes this forecast less reliable.
  repeated string warnings = 4;
  // Tag in the BentoML model store.
  string model = 5;
  // The mean.
  double {EXPECTED} = 6;
  // The fields of the request that the forecast comes from.
  repeated string used = 7;
  // Where the request has `at_least`.
  optional Chance chance = 8;
  // Where the request has `quantiles`, in their order.
  repeated Quantile quantiles = 9;
  // Name of this forecast, which no other has; they sort by time.
  string id = 10;
}}

message PredictRequest {{
  {ROW} {ONE} = 1;
{_ASKED}
}}

message PredictResponse {{
  Prediction prediction = 1;
}}

message PredictBatchRequest {{
  repeated {ROW} {MANY} = 1;
{_ASKED}
}}

message PredictBatchResponse {{
  repeated Prediction predictions = 1;
}}

// What the value of a field multiplies a forecast by.
message Factor {{
  string field = 1;
  oneof value {{
    double number = 2;
    string label = 3;
  }}
  double factor = 4;
}}

// A forecast as a base times factors, the strongest first.
message Explanation {{
  double {TARGET} = 1;
  // The forecast where other {NOUN}s have the fields that this one gives: their geometric mean.
  double base = 2;
  repeated Factor factors = 3;
  Horizon horizon = 4;
  // Whether all coalitions of fields were compared, or a sample of them.
  bool exact = 5;
  // The largest of a factor's natural logarithm.
  double standard_error = 6;
  // Tag in the BentoML model store.
  string model = 7;
}}

message ExplainRequest {{
  repeated {ROW} {MANY} = 1;
}}

message ExplainResponse {{
  repeated Explanation explanations = 1;
}}

message ComparablesRequest {{
  {ROW} {ONE} = 1;
  // How many, from 1 to 50; 8 where it is absent.
  optional int32 count = 2;
}}

// A {NOUN} of the training data.
message Comparable {{
  string title = 1;
  {ROW} {ONE} = 2;
  double {TARGET} = 3;
  // The same in the prices of the {NOUN} that was asked about.
  double {TARGET}_then = 4;
  // 0 for the same, about 1 for any other.
  double distance = 5;
}}

// Where a forecast stands among others, the largest first.
message Rank {{
  int32 position = 1;
  int32 of = 2;
}}

message ComparablesResponse {{
  // The nearest first.
  repeated Comparable films = 1;
  Rank rank = 2;
  // Tag in the BentoML model store.
  string model = 3;
}}

// What became of a {NOUN}.
message Outcome {{
%s
}}

message OutcomesRequest {{
  repeated Outcome outcomes = 1;
}}

message OutcomesResponse {{
  // How many are in the journal.
  int32 accepted = 1;
}}
"""


def text() -> str:
    """The whole file."""
    horizons = [f"  HORIZON_{h.upper()} = {i};" for i, h in enumerate(HORIZONS, start=1)]
    return _TEXT % (_fields(Row.model_fields), "\n".join(horizons), _fields(Outcome.model_fields))


def _fields(fields: Mapping[str, FieldInfo]) -> str:
    return "\n".join(_field(*item) for item in enumerate(fields.items(), start=1))


def _field(number: int, item: tuple[str, FieldInfo]) -> str:
    name, field = item
    kind = "string" if field.annotation == (str | None) else "double"
    extra = field.json_schema_extra
    unit = f" Unit: {extra['unit']}." if isinstance(extra, dict) else ""
    return f"  // {field.description}{unit}\n  optional {kind} {name} = {number};"


if __name__ == "__main__":
    PATH.write_text(text())
