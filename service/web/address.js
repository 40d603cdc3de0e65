// The address of the page holds what one sees, so that it can be sent to somebody.
// Fields have their names there, and the rest has names that no field can have.

// What the address says: the texts of the fields, settings, and the film beside, if there is one.
export function read(names) {
	const said = [...new URLSearchParams(location.hash.slice(1))];
	const texts = (all) => Object.fromEntries(all.filter(([name, text]) => names.includes(name) && text.trim()));
	const rest = said.filter(([name]) => name.startsWith("_")).map(([name, text]) => [name.slice(1), text]);
	const { beside = null, ...settings } = Object.fromEntries(rest);
	return { film: texts(said), settings, beside: beside && texts([...new URLSearchParams(beside)]), empty: !/[=_]/.test(location.hash) };
}

// Let the address say so, without a new entry in the history.
export function write({ film, settings, beside }) {
	const said = new URLSearchParams(film);
	for (const [name, value] of Object.entries(settings)) said.set(`_${name}`, value);
	if (beside) said.set("_beside", new URLSearchParams(beside));
	// Of a film without anything known, too, or a new visit would begin with an example.
	history.replaceState(null, "", `#${said.size ? said : "_"}`);
}
