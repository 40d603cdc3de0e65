// Two films side by side: what differs, and both forecasts.

import { html, table } from "./dom.js";
import { film } from "./form.js";
import { intervals } from "./intervals.js";
import { percent } from "./numbers.js";

// A table and a picture of two films, each given as its texts, and of their answers.
export function pair(schema, texts, answers, width) {
	const names = [`This ${schema.noun}`, `Kept ${schema.noun}`];
	const films = texts.map((each) => film(schema, each));
	const fields = schema.names.filter((name) => films.some((each) => name in each));
	const rows = fields.map((name) => {
		const [a, b] = films.map((each) => (name in each ? schema.value(name, each[name]) : "–"));
		return [a === b ? "same" : "other", schema.title(name), a, b];
	});
	const medians = ["sum", schema.aim, ...answers.map((answer) => schema.short(answer))];
	const ranges = ["sum", `${percent(answers[0].interval.coverage)} interval`, ...answers.map((answer) => schema.interval(answer))];
	const drawn = intervals(schema, names.map((name, place) => [name, answers[place]]), width, names[0]);
	return [table("pair", ["Field", ...names], [...rows, medians, ranges]), html("figure", drawn)];
}
