// What stands beneath the forecast: each part is asked for by itself, and drawn when it comes.

import { byId, fill, settled } from "./dom.js";
import { passing, Refusal, unable } from "./server.js";

export class Parts {
	constructor(schema) {
		this.schema = schema;
		this.drawings = new Map(); // by the id of the element
		this.absent = new Set(); // what the deployed model does not answer
		const all = () => this.drawings.forEach((draw) => draw());
		window.addEventListener("resize", settled(100, all));
	}

	// Ask, and draw the answer; a part that the server does not know is hidden from then on.
	async show(name, question, drawn) {
		if (this.absent.has(name)) return;
		try {
			const answer = await question();
			byId(`${name}-part`).hidden = false;
			this.put(`${name}-body`, (width) => drawn(answer, width));
		} catch (error) {
			if (!(error instanceof Refusal) || passing(error)) throw error;
			if (unable(error)) this.absent.add(name);
			byId(`${name}-part`).hidden = unable(error);
			this.put(`${name}-body`, () => this.schema.sentence(error.message));
		}
	}

	// Draw in the width that an element has, now and whenever that changes.
	put(id, drawn) {
		const draw = () => fill(id, drawn(Math.max(260, byId(id).clientWidth)));
		this.drawings.set(id, draw);
		draw();
	}
}
