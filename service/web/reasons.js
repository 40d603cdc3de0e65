// Why the forecast is what it is: a base, and a factor for each field, as a waterfall.

import { Axis } from "./axis.js";
import { bar, html, table } from "./dom.js";

export function waterfall(schema, explanation) {
	const { base, factors, exact, standard_error: error } = explanation;
	const levels = factors.reduce((all, { factor }) => [...all, all.at(-1) * factor], [base]);
	const axis = new Axis(Math.min(...levels), Math.max(...levels), 0.01, 0.99);
	const drawn = (...ends) => bar(...ends.map((level) => axis.at(level)).sort((a, b) => a - b));
	const end = (title, level, amount) => ["end", title, ["", "value"], [schema.amount(amount), "number"], drawn(level, level)];
	const steps = factors.map(({ field, value, factor }, place) => [
		factor < 1 ? "less" : "more",
		schema.title(field),
		[schema.value(field, value), "value"],
		[`× ${Number(factor.toPrecision(3))}`, "number"],
		drawn(levels[place], levels[place + 1]),
	]);
	const rows = [end(`Typical ${schema.noun}`, base, base), ...steps, end("Forecast", levels.at(-1), schema.median(explanation))];
	const doubt = exact ? [] : html("p.quiet", `Sampled: each factor is right to about ${(100 * error).toPrecision(1)}%.`);
	return [table("waterfall", ["Field", ["Value", "value"], ["Factor", "number"], ""], rows), doubt];
}
