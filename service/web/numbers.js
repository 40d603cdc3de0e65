// Numbers as people write and read them.

const SCALES = { "": 1, k: 1e3, thousand: 1e3, m: 1e6, mn: 1e6, mio: 1e6, million: 1e6, b: 1e9, bn: 1e9, billion: 1e9 };
const WORDS = { K: " thousand", M: " million", B: " billion", T: " trillion" };
const WRITTEN = /^([-+]?[\d.,' _]*\d(?:e[-+]?\d+)?)\s*([a-z]*)$/;

// The number that a text means, such as 60M, 1.2 bn or $1,200,000, or null if it means none.
export function parsed(text, unit = "") {
	const words = unit.toLowerCase();
	let plain = text.normalize("NFKC").toLowerCase().replace(/[$€£¥]/g, "").trim();
	if (words && plain.endsWith(words)) plain = plain.slice(0, -words.length).trim();
	const [, digits, suffix] = plain.match(WRITTEN) ?? [];
	if (!digits) return null;
	// Of minutes and metres, an m is not a million.
	const scale = suffix && words.startsWith(suffix) ? 1 : SCALES[suffix];
	const value = scale * grouped(digits.replace(/[ '_]/g, ""));
	return Number.isFinite(value) ? Number(value.toPrecision(15)) : null;
}

// Digits as JavaScript reads them: of comma and point the first groups, and so does a comma before
// three digits.
function grouped(digits) {
	if (/\..*,/.test(digits)) return digits.replaceAll(".", "").replace(",", ".");
	return /^[-+]?\d{1,3}(,\d{3})+(?!\d|,)/.test(digits) ? digits.replaceAll(",", "") : digits.replace(",", ".");
}

// A value with its unit, in a few characters: $60M, 112 min, 2009.
export function short(value, unit, said = true) {
	if (!said) return String(Number(value.toPrecision(6)));
	const money = /^[A-Z]{3}$/.test(unit);
	const options = { maximumSignificantDigits: 3, notation: value >= (money ? 1e3 : 1e5) ? "compact" : "standard" };
	const style = money ? { style: "currency", currency: unit, minimumSignificantDigits: 1 } : {};
	const text = new Intl.NumberFormat("en-US", { ...style, ...options }).format(value);
	return money ? text : `${text} ${unit}`;
}

export function long(...value) {
	return short(...value).replace(/(?<=\d)[KMBT]\b/, (letter) => WORDS[letter]);
}

export function typed(value) {
	return value >= 1e6 && value % 1e4 === 0 ? `${value / 1e6}M` : String(value);
}

// A probability: 31%, and never 0% or 100% of what may be.
export function percent(share) {
	if (share > 0 && share < 0.01) return "less than 1%";
	if (share > 0.99 && share < 1) return "more than 99%";
	return `${Math.round(share * 100)}%`;
}

// A probability as people say it: about 3 in 10.
export function odds(share) {
	if (share > 0.45 && share < 0.55) return "about even";
	if (share > 0.95) return "almost certain";
	return share < 0.095 ? `about 1 in ${Math.round(1 / Math.max(share, 0.001))}` : `about ${Math.min(9, Math.round(share * 10))} in 10`;
}
