// What one takes along: the link and the command.

import { byId, fill } from "./dom.js";
import { address } from "./server.js";

export function curl(body, query) {
	const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
	return `curl -s ${quoted(address("v1/prediction", query))} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

// Put a text on the clipboard, or before the reader where the browser refuses.
export async function copy(text, what) {
	const shown = byId("copy-text");
	shown.value = text;
	try {
		await navigator.clipboard.writeText(text);
		shown.hidden = true;
		fill("copy-state", `${what} is copied.`);
	} catch {
		shown.hidden = false;
		shown.select();
		fill("copy-state", `${what}, to be copied:`);
	}
}
