// The server: questions, answers, and what goes wrong between.

export const AGAIN = 1500; // milliseconds until a question is asked again

// The server has refused: in one sentence, and by field in `details`. With status 0, nobody answers.
export class Refusal extends Error {
	constructor(status, { error, details = [] }) {
		super(error || `The server answers with status ${status}.`);
		Object.assign(this, { status, details });
	}
}

// The address of a path with its parameters; those that are undefined are left out.
export function address(path, query = {}) {
	const url = new URL(path, document.baseURI.replace(/[?#].*/s, ""));
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined) url.searchParams.set(name, value);
	}
	return url.href;
}

// Ask with GET, or with POST where there is a body; throws Refusal or an AbortError.
export async function ask(path, { body, query, signal } = {}) {
	const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
	try {
		const answer = await fetch(address(path, query), { signal, ...(body && post) });
		const json = await answer.json();
		if (answer.ok) return json;
		throw new Refusal(answer.status, json);
	} catch (error) {
		if (error instanceof Refusal || superseded(error)) throw error;
		throw new Refusal(0, { error: "The server does not answer." });
	}
}

export const superseded = (error) => error.name === "AbortError";

// May the same question be answered a little later?
export const passing = (error) => [0, 408, 429, 502, 503, 504].includes(error.status);

// Does the deployed model, or an older server, not have such an answer?
export const unable = (error) => [404, 405].includes(error.status);

// What is wrong, in words; an error of the page itself goes to the console.
export function told(error) {
	if (passing(error)) return `${error.message} This page asks again by itself.`;
	if (error instanceof Refusal) return error.message;
	console.error(error);
	return "This page has failed: reload it.";
}
