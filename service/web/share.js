// What one takes along: the link and the command.

import { byId, fill } from "./dom.js";
import { address } from "./server.js";

export function curl(body, query) {
	const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
	return `curl -s ${quoted(address("v1/prediction", query))} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

// Put a text on the clipboard, or before the reader where the browser refuses.
export async function copy(text, what) {
	const area = byId("copy-text");
	area.value = text;
	try {
		await navigator.clipboard.writeText(text);
		area.hidden = true;
		fill("copy-state", `${what} is copied.`);
	} catch {
		area.hidden = false;
		area.select();
		fill("copy-state", `${what}, to be copied:`);
	}
}
