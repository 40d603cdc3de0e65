// The film that one describes: what is asked of the server, and where the answers stand.

import * as address from "./address.js";
import { chance, origin, sentences, warnings } from "./answer.js";
import { comparables } from "./comparables.js";
import { distribution, PROBABILITIES } from "./distribution.js";
import { byId, fill, html, on, settled } from "./dom.js";
import { Films } from "./films.js";
import { film, Form } from "./form.js";
import { typed } from "./numbers.js";
import { pair } from "./pair.js";
import { Parts } from "./parts.js";
import { waterfall } from "./reasons.js";
import { AGAIN, ask, passing, superseded, told } from "./server.js";
import { Settings } from "./settings.js";
import { copy, curl } from "./share.js";
import { sweep, values } from "./sweep.js";

const PAUSE = 150; // milliseconds between the last key and the question

export class Page {
	constructor(schema) {
		this.schema = schema;
		this.parts = new Parts(schema);
		const soon = settled(PAUSE, () => this.update());
		this.form = new Form(schema, soon);
		this.settings = new Settings(schema, soon);
		new Films(schema, () => this.settings.query);
		this.buttons();
		this.restore();
		window.addEventListener("hashchange", () => this.restore());
	}

	buttons() {
		const { examples } = this.schema;
		fill("example-choice", examples.map(([name]) => html("button", { type: "button" }, name)));
		[...byId("example-choice").children].forEach((button, place) => (button.onclick = () => this.describe(written(examples[place][1]))));
		const texts = () => this.form.texts();
		const work = {
			"clear-film": () => this.describe({}),
			"keep-film": () => this.describe(texts(), texts()),
			"pair-drop": () => this.describe(texts(), null),
			"copy-link": () => copy(location.href, "The link"),
			"copy-curl": () => copy(curl(this.row, this.settings.about(this.row)), "The command"),
		};
		for (const [id, each] of Object.entries(work)) on(id, "click", each);
	}

	get row() {
		return film(this.schema, this.form.texts());
	}

	// Show a film, and another one beside it, if there is one.
	describe(texts, beside = this.beside) {
		this.form.fill(texts);
		this.beside = beside;
		this.update();
	}

	// Show what the address says, or an example where it says nothing.
	restore() {
		const said = address.read(this.schema.names);
		this.settings.restore(said.settings);
		this.describe(said.empty ? written(this.schema.examples[0]?.[1] ?? {}) : said.film, said.beside);
	}

	// Ask about the film that the form holds; what was asked before is of no interest any more.
	async update() {
		clearTimeout(this.later);
		this.asking?.abort();
		this.asking = new AbortController();
		const { row, asking: { signal } } = this;
		address.write({ film: this.form.texts(), settings: this.settings.chosen, beside: this.beside });
		try {
			const query = { ...this.settings.about(row), quantiles: PROBABILITIES.join() };
			const answer = await ask("v1/prediction", { body: row, query, signal });
			this.show(answer);
			await Promise.all(this.more(row, answer, signal));
		} catch (error) {
			this.failed(error);
		}
	}

	show(answer) {
		const { schema, settings } = this;
		const median = schema.median(answer);
		const words = schema.words(median);
		this.say("");
		this.form.show([]);
		byId("answer-side").hidden = false;
		byId("answer-side").className = "";
		byId("forecast").dataset.value = median;
		// What is the same is not put in again, or it would be read aloud again.
		if (byId("forecast").textContent !== words) fill("forecast", words);
		fill("forecast-peek", html("strong", words), ` ${schema.interval(answer)}`);
		fill("answer-words", sentences(schema, answer));
		fill("answer-warnings", warnings(schema, answer));
		fill("answer-origin", origin(schema, answer));
		settings.offer(answer);
		fill("chance-words", answer.chance ? chance(schema, answer.chance, settings) : []);
		this.parts.put("picture-part", (width) => distribution(schema, answer, width));
	}

	more(row, answer, signal) {
		const { schema, beside, parts, settings: { query, sweep: name } } = this;
		const median = schema.median(answer);
		const films = [this.form.texts(), beside];
		const one = (path, query) => () => ask(path, { body: row, query, signal });
		const many = (body) => ask("v1/predictions", { body, query, signal });
		const swept = () => many(values(schema, name).map((value) => ({ ...row, [name]: value })));
		const both = () => many([row, film(schema, beside)]);
		byId("pair-part").hidden = !beside;
		return [
			parts.show("reasons", one("v1/explanation"), (got) => waterfall(schema, got)),
			parts.show("comparables", one("v1/comparables", { count: 8 }), (got) => comparables(schema, got, median, row)),
			name && parts.show("sweep", swept, (got, width) => sweep(schema, name, got, row, median, width)),
			beside && parts.show("pair", both, (got, width) => pair(schema, films, got, width)),
		];
	}

	// Say what is wrong, also beside the input; what will pass is asked again.
	failed(error) {
		if (superseded(error)) return;
		byId("answer-side").hidden = false;
		byId("answer-side").className = "stale";
		this.say(this.schema.sentence(told(error)));
		if (passing(error)) this.later = setTimeout(() => this.update(), AGAIN);
		else this.form.show(error.details ?? []);
	}

	say(sentence) {
		if (byId("trouble").textContent !== sentence) fill("trouble", sentence);
	}
}

function written(row) {
	return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typed(value)]));
}
