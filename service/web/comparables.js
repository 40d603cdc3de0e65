// The films that are most like the one described, and where it would stand among them.

import { bar, html, table } from "./dom.js";

// A table of the films, ordered by what they earned, with the forecast in its place.
export function comparables(schema, { films, rank }, forecast, typed) {
	const { name, unit } = schema.target;
	const then = `${name}_then`; // in the unit of the film that is asked about
	const earned = (film) => film[then] ?? film[name];
	const own = { ...typed, title: `This ${schema.noun}`, [name]: forecast };
	const most = Math.max(forecast, ...films.map(earned));
	const fields = shown(schema, films, typed).map((field, place) => [field, `${schema.isLabel(field) ? "label" : "number"}${place ? " minor" : ""}`]);
	const cells = (film) => fields.map(([field, kind]) => [film[field] ? schema.value(field, film[field]) : "", kind]);
	const row = (film) => [film === own ? "own" : "", film.title, ...cells(film), [schema.amount(earned(film)), "number"], bar(0, earned(film) / most)];
	const titles = ["Title", ...fields.map(([field, kind]) => [schema.title(field), kind]), [schema.aim, "number"], ""];
	const year = films.some((film) => then in film) ? ` Amounts are in ${unit} of its year.` : "";
	return [
		html("p", `This ${schema.noun} would be number ${rank.position} of ${rank.of}.${year}`),
		table("comparables", titles, [...films, own].sort((a, b) => earned(b) - earned(a)).map(row)),
	];
}

// Two numbers and a label of which something is known, rather those that one has typed.
function shown(schema, films, typed) {
	const known = schema.names.filter((field) => films.filter((film) => film[field]).length > films.length / 2);
	const ordered = [...new Set([...known.filter((field) => field in typed), ...known])];
	const some = (label, count) => ordered.filter((field) => schema.isLabel(field) === label).slice(0, count);
	return [...some(false, 2), ...some(true, 1)];
}
