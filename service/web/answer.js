// The forecast in words: the number, its interval, its doubts.

import { html } from "./dom.js";
import { odds, percent } from "./numbers.js";
import { spoken } from "./schema.js";

export function sentences(schema, answer) {
	const { low, high, coverage } = answer.interval;
	const [share, least, most] = [percent(coverage), schema.words(low), schema.words(high)].map((each) => html("strong", each));
	return [
		html("p.interval", "With a probability of ", share, " between ", least, " and ", most, "."),
		html("p.quiet", `As likely to be more as to be less. The mean over many such ${schema.noun}s is ${schema.words(answer[schema.target.mean])}.`),
	];
}

export function warnings(schema, { warnings }) {
	const items = warnings.map((each) => html("li", schema.sentence(each)));
	return items.length ? [html("h3", "Warnings"), html("ul", items)] : [];
}

export function origin(schema, { used, horizon }) {
	return `${spoken(horizon)} forecast from ${used.map((name) => schema.within(name)).join(", ") || "nothing"}.`;
}

export function chance(schema, { at_least: amount, probability }, { multiple, field }) {
	const times = `${Number(multiple)} × the ${schema.within(field)}`;
	return [html("strong", percent(probability)), ` chance (${odds(probability)}) to reach ${schema.words(amount)}, which is ${times}.`];
}
