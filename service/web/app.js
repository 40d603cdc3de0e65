// The page as a whole: it begins once the server says what its model is.

import { byId, fill, html, on } from "./dom.js";
import { Page } from "./page.js";
import { Schema } from "./schema.js";
import { AGAIN, ask, passing, told } from "./server.js";

function title({ service, aim, noun, model, trained_at: trained }) {
	document.title = `${service}: ${aim}`;
	fill("page-title", service);
	fill("aim-title", aim);
	fill("page-lead", `Describe a ${noun} by what is known of it, and see what to expect. Whatever is left out is unknown.`);
	fill("comparables-title", `Comparable ${noun}s`);
	fill("page-foot", `Model ${model}, trained ${trained.slice(0, 10)}. `, html("a", { href: "docs" }, "For programs"));
	byId("films-part").hidden = false;
}

async function start() {
	try {
		const schema = new Schema(await ask("v1/model"));
		title(schema);
		new Page(schema);
	} catch (error) {
		fill("page-lead", told(error));
		if (passing(error)) setTimeout(start, AGAIN);
	}
}

on("film-form", "submit", (event) => event.preventDefault());
on("skip-link", "click", (event) => {
	event.preventDefault(); // the address holds the film
	byId("forecast").focus();
});
start();
