// A scale from values to pixels, logarithmic or linear, and its ticks.

import { line, svg, text } from "./dom.js";

const TENS = Array.from({ length: 30 }, (_, place) => 10 ** (place - 9));
const [ROUND, THIRDS] = [[1, 2, 5], [1, 3]].map((digits) => TENS.flatMap((ten) => digits.map((digit) => digit * ten)));

export class Axis {
	// From `low` to `high` on pixels `start` to `end`.
	constructor(low, high, start, end, logarithmic = true) {
		Object.assign(this, { start, end, logarithmic });
		[this.from, this.to] = [this.map(low), this.map(high)];
		if (this.from === this.to) this.to += 1e-9;
	}

	map(value) {
		return this.logarithmic ? Math.log(value) : value;
	}

	at(value) {
		return this.start + ((this.map(value) - this.from) / (this.to - this.from)) * (this.end - this.start);
	}

	steps(count) {
		const step = (this.to - this.from) / (count - 1);
		const places = Array.from({ length: count }, (_, place) => this.from + place * step);
		return this.logarithmic ? places.map(Math.exp) : places;
	}

	// Round values, as many as there is room for where each takes so many pixels.
	ticks(room) {
		const most = Math.abs(this.end - this.start) / room;
		const inside = (value) => this.map(value) >= this.from - 1e-9 && this.map(value) <= this.to + 1e-9;
		if (this.logarithmic) return [ROUND, THIRDS, TENS].map((all) => all.filter(inside)).find((all) => all.length <= most) ?? [];
		const step = ROUND.find((each) => (this.to - this.from) / each <= most);
		const first = Math.ceil(this.from / step);
		const values = Array.from({ length: most + 1 }, (_, place) => Number(((first + place) * step).toPrecision(9)));
		return values.filter(inside);
	}
}

// Ticks with their words beneath a picture, and a line above them.
export function below(axis, y, words) {
	const ticks = axis.ticks(64).map((value) => [axis.at(value), words(value)]);
	const drawn = ticks.map(([x, said]) => svg("g.tick", line("", x, y, x, y + 5), text(x, y + 18, said)));
	return [line(".ground", axis.start, y, axis.end, y), ...drawn];
}

// Ticks with their words at the left of a picture, and thin lines across.
export function across(axis, from, to, words) {
	const ticks = axis.ticks(26).map((value) => [axis.at(value), words(value)]);
	return ticks.map(([y, said]) => svg("g.tick", line("", from, y, to, y), text(from - 8, y + 4, said, "end")));
}
