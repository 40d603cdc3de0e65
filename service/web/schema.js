// What the deployed model says of itself at /v1/model: its fields, and words for them.

import { long, short } from "./numbers.js";

const UNUSED = "This model has not learned from";

export class Schema {
	constructor(model) {
		Object.assign(this, model);
		this.names = Object.keys(model.fields);
		this.examples = Object.entries(model.examples).filter(([, row]) => Object.keys(row).every((name) => this.isUsed(name)));
		this.aim = titled(model.target.description);
	}

	isUsed(name) {
		return this.fields[name].used_by.length > 0;
	}

	isLabel(name) {
		return Boolean(this.fields[name].categories);
	}

	// A field in a few words: the first clause of its description.
	title(name) {
		return titled(this.fields[name].description);
	}

	within(name) {
		return this.title(name).replace(/^[A-Z](?=[a-z]+\b)/, (letter) => letter.toLowerCase());
	}

	value(name, value) {
		const { unit, unit_is_said: said } = this.fields[name];
		return typeof value === "number" ? short(value, unit, said) : value;
	}

	amount(value) {
		return short(value, this.target.unit);
	}

	words(value) {
		return long(value, this.target.unit);
	}

	median(answer) {
		return answer[this.target.name];
	}

	short(answer) {
		return this.amount(this.median(answer));
	}

	interval({ interval: { low, high } }) {
		return `${this.amount(low)} – ${this.amount(high)}`;
	}

	// The fields by the horizon at which they become known, and at last those that teach nothing.
	groups() {
		const groups = Object.groupBy(this.names, (name) => (this.isUsed(name) ? spoken(this.fields[name].known) : UNUSED));
		return [...Object.keys(this.horizons).map(spoken), UNUSED].filter((title) => groups[title]).map((title) => [title, groups[title]]);
	}

	// A sentence of the server, with fields as they are called here.
	sentence(text) {
		const said = text.replace(/\b[a-z]+(_[a-z]+)+\b/g, (name) => (name in this.fields ? this.within(name) : name.replaceAll("_", "-")));
		return said.charAt(0).toUpperCase() + said.slice(1);
	}
}

export function spoken(horizon) {
	return (horizon.charAt(0).toUpperCase() + horizon.slice(1)).replaceAll("_", "-");
}

function titled(description) {
	return description.split(/[.,;:]/)[0];
}
