// Forecasts beneath each other on one logarithmic axis: a bar for the interval, a dot for the median.

import { Axis, below } from "./axis.js";
import { picture, svg, text } from "./dom.js";

const ROW = 30;

export function intervals(schema, named, width, current) {
	const margin = Math.min(150, width * 0.36);
	const ends = named.flatMap(([, { interval }]) => [Math.max(interval.low, 1), interval.high]);
	const axis = new Axis(Math.min(...ends), Math.max(...ends), margin + 8, width - 28);
	const floor = named.length * ROW + 6;
	const row = ([name, answer], place) => {
		const { low, high } = answer.interval;
		const [y, x] = [(place + 0.5) * ROW, axis.at(Math.max(low, 1))];
		return svg(
			name === current ? "g.current" : "g",
			text(margin - 6, y + 4, name, "end"),
			svg("rect.inside", { x, y: y - 6, width: axis.at(high) - x, height: 12, rx: 3 }),
			svg("circle.dot", { cx: axis.at(schema.median(answer)), cy: y, r: 5 }),
		);
	};
	const words = named.map(([name, answer]) => `${name}: ${schema.short(answer)}`).join("; ");
	return picture(width, floor + 24, words, named.map(row), below(axis, floor, (value) => schema.amount(value)));
}
