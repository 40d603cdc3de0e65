// Tables of comma-separated values: read and written.

// The rows of a text, each a list of cells. Quotes, CRLF, a byte order mark, and a semicolon or a tab
// in place of the comma are understood; a blank line is a row of one blank cell.
export function read(text) {
	const plain = text.replace(/^\uFEFF/, "");
	const mark = separator(plain);
	const cells = new RegExp(`(?:"((?:[^"]|"")*)"([^${mark}\r\n]*)|([^${mark}\r\n]*))(${mark}|\r\n|\n|\r|$)`, "gy");
	const rows = [[]];
	for (const [, quoted, after, bare, end] of plain.matchAll(cells)) {
		rows.at(-1).push(quoted === undefined ? bare : quoted.replaceAll('""', '"') + after);
		if (end !== mark) rows.push([]);
	}
	return rows;
}

// The text of rows, with CRLF and with the byte order mark that spreadsheets know UTF-8 by.
export function write(rows) {
	return `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

// A spreadsheet would run a text that begins like a formula, wherever it comes from.
function cell(value) {
	const text = String(value ?? "");
	const safe = /^\s*[=+\-@＝＋－＠]|^[\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
	return /[",;\r\n\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// The mark that the first line has most of, outside of quotes.
function separator(text) {
	const first = text.split(/[\r\n]/, 1)[0].replace(/"[^"]*"/g, "");
	const count = (mark) => first.split(mark).length;
	return [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
