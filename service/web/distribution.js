// The picture of a forecast: how likely which amount is, on a logarithmic axis.

import { Axis, below } from "./axis.js";
import { line, picture, svg, text } from "./dom.js";
import { percent } from "./numbers.js";

const [HEIGHT, TOP, FLOOR] = [232, 50, 168];
export const PROBABILITIES = [0.01, ...Array.from({ length: 19 }, (_, place) => (place + 1) / 20), 0.99];

// A picture of an answer; its chance, if it has one, is that to pass a line.
export function distribution(schema, answer, width) {
	const { interval: { low, high, coverage }, quantiles = [], chance } = answer;
	const median = schema.median(answer);
	const knots = quantiles.map((each) => [each.probability, schema.median(each)]);
	const ends = [low, high, median, ...knots.map(([, amount]) => amount), chance?.at_least].filter((each) => each > 0);
	const axis = new Axis(Math.min(...ends) / 1.15, Math.max(...ends) * 1.15, 0, width);
	const [from, to] = [axis.at(Math.max(low, Math.min(...ends))), axis.at(high)];
	const curve = knots.length ? density(axis, knots) : [[from, 0.4], [to, 0.4]];
	const told = [`median ${schema.short(answer)}`, `${percent(coverage)}: ${schema.interval(answer)}`];
	if (chance) told.push(`break-even ${schema.amount(chance.at_least)}`);
	return picture(
		width,
		HEIGHT,
		told.join("; "),
		shape("all", curve),
		shape("inside", curve.filter(([x]) => x >= from && x <= to)),
		below(axis, FLOOR, (value) => schema.amount(value)),
		svg("path.bracket", { d: `M${from} ${FLOOR + 30}v5H${to}v-5` }),
		text(inside((from + to) / 2, width), FLOOR + 54, told[1]),
		chance && mark("line", axis.at(chance.at_least), 12, told[2], width),
		mark("median", axis.at(median), 32, told[0], width),
	);
}

// How dense the distribution is, as pairs (x, height from 0 to 1). Between quantiles it is even in
// logarithms, and then smoothed: the corners would say more than is known.
function density(axis, knots) {
	const places = knots.map(([share, amount]) => [axis.at(amount), share]);
	const share = (x) => {
		const next = places.findIndex(([place]) => place > x);
		if (next < 1) return next ? places.at(-1)[1] : 0;
		const [[x0, share0], [x1, share1]] = [places[next - 1], places[next]];
		return share0 + ((share1 - share0) * (x - x0)) / (x1 - x0);
	};
	// Windows that touch each other, so that none of the distribution falls between them.
	const size = axis.end / 64;
	const windows = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((step) => [step * size, Math.exp((-step * step) / 4)]);
	const height = (x) => windows.reduce((sum, [step, weight]) => sum + weight * (share(x + step + size / 2) - share(x + step - size / 2)), 0);
	const xs = Array.from({ length: 161 }, (_, place) => (place / 160) * axis.end);
	const most = Math.max(...xs.map(height));
	return xs.map((x) => [x, height(x) / most]);
}

function shape(name, curve) {
	const path = curve.map(([x, share]) => `L${x.toFixed(1)} ${(FLOOR - share * (FLOOR - TOP)).toFixed(1)}`).join("");
	return curve.length ? svg(`path.${name}`, { d: `M${curve[0][0]} ${FLOOR}${path}V${FLOOR}Z` }) : null;
}

function mark(name, x, y, words, width) {
	return svg(`g.${name}`, line("", x, y + 6, x, FLOOR), text(inside(x, width), y, words));
}

function inside(x, width) {
	return Math.min(Math.max(x, 76), width - 76);
}
