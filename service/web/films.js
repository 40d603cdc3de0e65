// A table of films: read from a CSV file, forecast, and kept as a CSV file with the forecasts.

import { forecast } from "./batch.js";
import { read, write } from "./csv.js";
import { byId, fill, html, keep, on, table } from "./dom.js";
import { film } from "./form.js";
import { superseded } from "./server.js";

const SHOWN = 20;

export class Films {
	constructor(schema, query) {
		Object.assign(this, { schema, query });
		fill("films-title", `A table of ${schema.noun}s`);
		fill("films-lead", `One ${schema.noun} a row, one field a column: ${schema.names.join(", ")}. Other columns stay as they are.`);
		on("films-file", "change", (event) => this.take(event.target.files[0]));
		const row = (name, each) => [name, ...schema.names.map((field) => each[field])];
		const sample = [["title", ...schema.names], ...schema.examples.map(([name, each]) => row(name, each))];
		on("films-sample", "click", () => keep("sample.csv", write(sample)));
		on("films-save", "click", () => keep(`${this.name}-forecast.csv`, write(this.answered())));
		for (const name of ["dragover", "dragleave", "drop"]) {
			document.addEventListener(name, (event) => {
				event.preventDefault();
				byId("films-drop").classList.toggle("over", name === "dragover");
				if (name === "drop") this.take(event.dataTransfer.files[0]);
			});
		}
	}

	async take(file) {
		if (!file) return;
		this.asking?.abort();
		this.asking = new AbortController();
		this.name = file.name.replace(/\.\w+$/, "");
		byId("films-save").hidden = true;
		fill("films-body");
		try {
			const start = performance.now();
			this.parse(await file.text());
			const { rows, schema } = this;
			const asked = rows.filter(({ problems }) => !problems.length);
			const parameters = { query: this.query(), signal: this.asking.signal };
			await forecast(asked, schema.limits.films, parameters, (count) => this.say(`${count} of ${rows.length} …`));
			this.show((performance.now() - start) / 1000);
		} catch (error) {
			if (!superseded(error)) this.say(`${error.message} Choose the file again to try once more.`, true);
		}
		byId("films-file").value = ""; // so that the same one may be chosen again
	}

	parse(text) {
		const { names, noun } = this.schema;
		const numbered = read(text).map((cells, place) => ({ cells, number: String(place + 1) }));
		const [head, ...rows] = numbered.filter(({ cells }) => cells.some((cell) => cell.trim()));
		const plain = (title) => title.toLowerCase().replace(/[\s-]/g, "_");
		this.head = head ? head.cells.map((cell) => cell.trim()) : [];
		this.fields = this.head.map((title) => names.find((name) => name === plain(title)));
		if (!this.fields.some(Boolean)) throw new Error("The first row names none of the fields above.");
		if (!rows.length) throw new Error(`There is no ${noun} beneath the first row.`);
		this.rows = rows.map((row) => this.row(row));
	}

	row({ cells, number }) {
		const known = this.fields.map((name, place) => [name, cells[place]?.trim()]).filter(([name, text]) => name && text);
		// A number with commas that is not in quotes has moved all cells after it.
		const fits = cells.slice(this.head.length).every((cell) => !cell.trim());
		const problems = fits ? [] : [["", `has ${cells.length} cells, and the first row ${this.head.length}`]];
		return { cells, number, problems, film: film(this.schema, Object.fromEntries(known)) };
	}

	show(seconds) {
		const { schema, rows } = this;
		const good = rows.filter(({ answer }) => answer);
		const count = (number) => `${number.toLocaleString("en-US")} ${schema.noun}${number === 1 ? "" : "s"}`;
		const mean = good.reduce((sum, { answer }) => sum + answer[schema.target.mean], 0);
		const refused = rows.length - good.length;
		const sum = good.length ? `, ${schema.words(mean)} to be expected in all` : "";
		this.say(`${count(good.length)} forecast in ${seconds.toFixed(1)} s${sum}${refused ? `; ${count(refused)} refused` : ""}.`, refused > 0);
		byId("films-save").hidden = false;
		const wrong = rows.flatMap(({ problems, number }) => problems.map((each) => ["", number, ...each]));
		const named = Math.max(0, this.fields.indexOf(undefined));
		const told = ({ number, cells, answer }) => ["", number, cells[named], schema.short(answer), schema.interval(answer), answer.warnings.join(" ")];
		fill(
			"films-body",
			some("Problems", ["Row", "Field", "Problem"], wrong),
			some("Forecasts", ["Row", this.head[named], schema.aim, "Interval", "Warnings"], good.map(told)),
		);
	}

	// The rows of the file, and what is answered beside them.
	answered() {
		const columns = this.rows.flatMap(({ answer }) => (answer ? Object.keys(flat(answer)) : []));
		const added = [...new Set([...columns, "problem"])];
		const pick = (all) => added.map((name) => all[name]);
		const said = ({ answer, problems }) => ({ ...(answer && flat(answer)), problem: problems.map((each) => each.join(" ").trim()).join("; ") });
		const row = (each) => [...this.head.map((_, place) => each.cells[place]), ...pick(said(each))];
		return [[...this.head, ...added.map((name) => (this.head.includes(name) ? `forecast_${name}` : name))], ...this.rows.map(row)];
	}

	say(sentence, trouble = false) {
		fill("films-state", sentence);
		byId("films-state").classList.toggle("trouble", trouble);
	}
}

// The first rows of a table, if there are any.
function some(title, titles, rows) {
	const more = rows.length - SHOWN;
	const rest = more > 0 ? html("p.quiet", `And ${more.toLocaleString("en-US")} more in the file to download.`) : [];
	return rows.length ? [html("h3", title), table(title.toLowerCase(), titles, rows.slice(0, SHOWN)), rest].flat() : [];
}

// An answer with one text or number a name.
function flat({ interval, ...answer }) {
	const plain = Object.entries(answer).map(([name, value]) => [name, Array.isArray(value) ? value.join(" ") : value]);
	return { ...Object.fromEntries(plain), ...interval };
}
