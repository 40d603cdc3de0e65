// The form: one input a field, read as people write.

import { byId, fill, html } from "./dom.js";
import { parsed } from "./numbers.js";

export class Form {
	constructor(schema, changed) {
		this.schema = schema;
		const groups = schema.groups().map(([title, names]) => [html("legend", title), html("div.fields", names.map((name) => this.field(name)))]);
		fill("film-fields", groups.map((group) => html("fieldset", group)));
		byId("film-fields").addEventListener("input", () => {
			this.hint();
			changed();
		});
	}

	field(name) {
		const { categories } = this.schema.fields[name];
		const list = categories && html("datalist", { id: `${name}-list` }, categories.map((value) => html("option", { value })));
		const about = { "aria-describedby": `${name}-hint ${name}-problem`, autocomplete: "off", placeholder: " " };
		return html(
			"div.field",
			html("label", { for: name }, this.schema.title(name)),
			html("input", { id: name, name, list: list?.id, ...about }),
			list,
			html("p.hint", { id: `${name}-hint` }, this.range(name)),
			html("p.problem", { id: `${name}-problem` }),
		);
	}

	// What the model has seen of a field, or else its unit.
	range(name) {
		const { unit, training_range: range, categories } = this.schema.fields[name];
		if (!this.schema.isUsed(name)) return unit;
		return range ? range.map((value) => this.schema.value(name, value)).join(" – ") : `${categories.length} labels`;
	}

	// Say beneath each number that is not written in digits how it is read.
	hint() {
		for (const name of this.schema.names) {
			const text = byId(name).value.trim();
			const value = film(this.schema, { [name]: text })[name];
			const same = typeof value === "string" || String(value) === text;
			fill(`${name}-hint`, same ? this.range(name) : `= ${value.toLocaleString("en-US")}`);
		}
	}

	texts() {
		const typed = this.schema.names.map((name) => [name, byId(name).value.trim()]);
		return Object.fromEntries(typed.filter(([, text]) => text));
	}

	fill(texts) {
		for (const name of this.schema.names) byId(name).value = texts[name] ?? "";
		this.hint();
	}

	// Say beside each input what the server finds wrong with it.
	show(details) {
		for (const name of this.schema.names) {
			const told = details.filter((each) => each.field === name).map((each) => each.message);
			fill(`${name}-problem`, told.join("; "));
			byId(name).setAttribute("aria-invalid", told.length > 0);
		}
	}
}

// Texts as the server takes them: one that should be a number and is none goes as it is, and the
// server says what is wrong with it.
export function film(schema, texts) {
	const value = (name, text) => (schema.isLabel(name) ? text : parsed(text, schema.fields[name].unit) ?? text);
	return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, value(name, text)]));
}
