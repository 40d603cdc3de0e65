// Many films: asked for in pieces, without those that the server refuses.

import { ask, passing, Refusal } from "./server.js";

const PIECE = 2500;
const TRIES = 8; // of one piece, of which the server tells the first problems alone

// Forecast rows, each with a `film`: it gets an `answer`, or else `problems`, as pairs (field, message).
export async function forecast(rows, most, { query, signal }, progress) {
	const asked = (some) => ask("v1/predictions", { body: some.map(({ film }) => film), query, signal });
	const step = Math.min(PIECE, most);
	for (let start = 0; start < rows.length; start += step) {
		progress(start);
		await piece(rows.slice(start, start + step), asked, TRIES);
	}
}

async function piece(rows, asked, tries) {
	if (!rows.length) return;
	try {
		const answers = await asked(rows);
		rows.forEach((row, place) => (row.answer = answers[place]));
	} catch (error) {
		if (!(error instanceof Refusal) || passing(error)) throw error;
		await after(error, rows, asked, tries);
	}
}

// Ask again without the films at fault, or in two halves where they are too many at once.
async function after({ status, message, details }, rows, asked, tries) {
	if (status === 413 && rows.length > 1) {
		const middle = rows.length >> 1;
		await piece(rows.slice(0, middle), asked, tries);
		return piece(rows.slice(middle), asked, tries);
	}
	const told = details.filter(({ index }) => index in rows);
	for (const each of told) rows[each.index].problems.push([each.field, each.message]);
	const rest = rows.filter(({ problems }) => !problems.length);
	if (told.length && tries > 1) return piece(rest, asked, tries - 1);
	for (const row of rest) row.problems.push(["", told.length ? "not asked for: too many others are wrong" : message]);
}
