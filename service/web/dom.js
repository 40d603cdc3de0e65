// Elements of the page and of its pictures, made by script.

export const byId = (id) => document.getElementById(id);
export const fill = (id, ...children) => byId(id).replaceChildren(...[children].flat(3));
export const on = (id, event, work) => byId(id).addEventListener(event, work);

// An HTML element such as p or p.quiet: attributes, which may be left out, and then children.
export const html = (tag, ...rest) => made("http://www.w3.org/1999/xhtml", tag, rest);
export const svg = (tag, ...rest) => made("http://www.w3.org/2000/svg", tag, rest);

export const line = (tag, x1, y1, x2, y2) => svg(`line${tag}`, { x1, y1, x2, y2 });
export const text = (x, y, words, anchor = "middle") => svg("text", { x, y, "text-anchor": anchor }, words);

// A picture of this size, with what it shows in words for those who do not see it.
export function picture(width, height, words, ...children) {
	return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words }, ...children);
}

// A bar in a cell of a table, from one share of its width to another.
export function bar(from, to) {
	const width = Math.max(100 * (to - from), 0.8);
	const box = { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" };
	return svg("svg", box, svg("rect", { x: Math.min(100 * from, 100 - width), width, height: 10 }));
}

// A table that may be wider than the page. A row is a list of cells with a class before it, and a
// cell a text, a bar, or a pair of a text and a class.
export function table(name, titles, rows) {
	const cell = (tag, content) => {
		const [inside, kind] = Array.isArray(content) ? content : [content, content instanceof Node ? "drawing" : ""];
		return html(tag, { class: kind }, inside);
	};
	const head = titles.map((title) => cell(title === "" ? "td" : "th", title));
	const body = rows.map(([kind, first, ...rest]) => html("tr", { class: kind }, cell("th", first), rest.map((each) => cell("td", each))));
	for (const each of head) if (each.tagName === "TH") each.scope = "col";
	for (const each of body) each.firstChild.scope = "row";
	const inside = html(`table.${name}`, html("thead", html("tr", head)), html("tbody", body));
	return html("div.scroll", { tabindex: 0, role: "region", "aria-label": name }, inside);
}

// A call that is made once calls have ceased for so many milliseconds.
export function settled(milliseconds, work) {
	let timer;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(work, milliseconds);
	};
}

export function keep(name, content) {
	const url = URL.createObjectURL(new Blob([content], { type: "text/csv" }));
	html("a", { href: url, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function made(space, tag, [first, ...rest]) {
	const [name, kind] = tag.split(".");
	const element = document.createElementNS(space, name);
	const attributes = first?.constructor === Object ? first : {};
	for (const [key, value] of Object.entries({ class: kind, ...attributes })) {
		if (value || value === 0) element.setAttribute(key, value);
	}
	element.append(...[first === attributes ? [] : first, rest].flat(3).filter((child) => child || child === 0));
	return element;
}
