// What if one field were another: a film forecast over the range of a field.

import { across, Axis, below } from "./axis.js";
import { html, line, picture, svg } from "./dom.js";
import { intervals } from "./intervals.js";

const [POINTS, HEIGHT, LEFT] = [41, 250, 58];

export function sweepable(schema) {
	const many = ({ training_range: range, categories }) => (categories ? categories.length > 1 : range?.[0] < range?.[1]);
	return schema.names.filter((name) => schema.isUsed(name) && many(schema.fields[name]));
}

// The values that a field takes: its labels, or numbers over the range that the model has seen.
export function values(schema, name) {
	const field = schema.fields[name];
	return field.categories ?? scale(field, 0, 1).steps(POINTS).map((value) => Number(value.toPrecision(4)));
}

// A ribbon of median and interval over the values, or a row for each label; and what it shows.
export function sweep(schema, name, answers, film, median, width) {
	const named = values(schema, name).map((value, place) => [schema.value(name, value), answers[place]]);
	const sorted = [...named].sort(([, a], [, b]) => schema.median(b) - schema.median(a));
	const [first, last] = schema.isLabel(name) ? [sorted.at(-1), sorted[0]] : [named[0], named.at(-1)];
	const told = ([value, answer]) => `${schema.short(answer)} at ${value}`;
	const words = `The median goes from ${told(first)} to ${told(last)}.`;
	const drawn = schema.isLabel(name) ? intervals(schema, sorted, width, film[name]) : ribbon(schema, name, answers, [film[name], median], width, words);
	return [drawn, html("figcaption", words)];
}

function ribbon(schema, name, answers, [value, median], width, words) {
	const x = scale(schema.fields[name], LEFT, width - 16);
	const at = x.at(value);
	const places = values(schema, name).map((each) => x.at(each));
	const [lows, highs, medians] = [(a) => Math.max(a.interval.low, 1), (a) => a.interval.high, (a) => schema.median(a)].map((of) => answers.map(of));
	const y = new Axis(Math.min(...lows), Math.max(...highs), HEIGHT - 34, 10);
	const points = (amounts) => amounts.map((amount, place) => `${places[place].toFixed(1)} ${y.at(amount).toFixed(1)}`);
	return picture(
		width,
		HEIGHT,
		words,
		svg("path.inside", { d: `M${points(lows).join("L")}L${points(highs).reverse().join("L")}Z` }),
		across(y, LEFT, width - 16, (amount) => schema.amount(amount)),
		svg("path.curve", { d: `M${points(medians).join("L")}` }),
		below(x, HEIGHT - 34, (each) => schema.value(name, each)),
		at >= x.start && at <= x.end && svg("g.median", line("", at, y.end, at, y.start), svg("circle.dot", { cx: at, cy: y.at(median), r: 5 })),
	);
}

// Logarithmic where the range spans a factor of 30, of which three decades are enough to see.
function scale({ training_range: [low, high] }, start, end) {
	const wide = high > 30 * low;
	return new Axis(wide ? Math.max(low, high / 1e3) : low, high, start, end, wide);
}
