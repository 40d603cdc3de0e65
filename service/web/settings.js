// What one chooses beside the film: the coverage, the line to pass, the field to sweep.

import { byId, fill, html, on } from "./dom.js";
import { percent } from "./numbers.js";
import { sweepable } from "./sweep.js";

export class Settings {
	constructor(schema, changed) {
		Object.assign(this, { schema, field: schema.break_even?.field, chosen: {}, fields: sweepable(schema) });
		const shares = [...new Set([0.5, 0.8, 0.9, 0.95, schema.coverage])].sort();
		const choice = (value) => html("label", html("input", { type: "radio", name: "_coverage", value }), html("span", percent(value)));
		byId("coverage-choice").append(...shares.map(choice));
		fill("sweep-field", this.fields.map((value) => html("option", { value }, schema.title(value))));
		const set = (name) => (event) => {
			this.chosen[name] = event.target.value;
			this.show();
			changed();
		};
		on("coverage-choice", "change", set("coverage"));
		on("line-multiple", "input", set("multiple"));
		on("sweep-field", "change", set("sweep"));
	}

	// Take settings from an address; the server says what is wrong with them.
	restore(chosen) {
		this.chosen = chosen;
		this.show();
	}

	get multiple() {
		return this.chosen.multiple ?? this.schema.break_even?.multiple;
	}

	get sweep() {
		return [this.chosen.sweep, this.field, this.fields[0]].find((name) => this.fields.includes(name));
	}

	get query() {
		return { coverage: this.chosen.coverage };
	}

	// The parameters of the request about a film: also the amount to pass, where there is one.
	about(film) {
		this.known = film[this.field] > 0;
		return { ...this.query, at_least: this.known ? Math.round(film[this.field] * this.multiple) : undefined };
	}

	// Offer what the server has answered to, and no more.
	offer({ quantiles, chance }) {
		byId("coverage-choice").hidden = !quantiles;
		byId("line-choice").hidden = !quantiles || !this.field || (this.known && !chance);
		byId("line-multiple").disabled = !this.known;
		this.show();
	}

	show() {
		const share = Number(this.chosen.coverage ?? this.schema.coverage);
		for (const input of byId("coverage-choice").querySelectorAll("input")) input.checked = Number(input.value) === share;
		byId("sweep-field").value = this.sweep;
		if (!this.field) return;
		const title = this.schema.within(this.field);
		byId("line-multiple").value = this.multiple;
		fill("line-label", this.known ? `Break-even at ${Number(this.multiple)} × ${title}` : `Break-even: give the ${title}`);
	}
}
