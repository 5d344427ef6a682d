// Where things stand in a text. The gateway counts Unicode code points, the browser counts UTF-16 units: an emoji before
// a name would otherwise move every underline after it.

/** Spans with `start` and `end` in code points, in any order, to the same spans in UTF-16 units, sorted, none over another. */
export function inUnits(text, spans) {
  const sorted = spans.filter((span) => span.end > span.start).sort((a, b) => a.start - b.start || b.end - a.end);
  let point = 0;
  let unit = 0;
  const unitOf = (wanted) => {
    while (point < wanted && unit < text.length) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    return unit;
  };
  const found = [];
  let free = 0;
  for (const span of sorted) {
    if (span.start < free) continue;
    const start = unitOf(span.start);
    const end = unitOf(span.end);
    free = span.end;
    if (end > start) found.push({ ...span, start, end });
  }
  return found;
}

/** Whole sentences at the beginning of a text, and what is left: a screen reader is told sentences, not letters. */
export function sentences(text) {
  const ends = [...text.matchAll(/[.!?…:;]["»)\]]*(?=\s)|\n+/g)];
  const last = ends.at(-1);
  const cut = last ? last.index + last[0].length : 0;
  return [text.slice(0, cut).trim(), text.slice(cut)];
}

/** A number as French people read it, with two significant digits. */
export function digits(value) {
  return new Intl.NumberFormat("fr-FR", { maximumSignificantDigits: 2 }).format(value);
}

/** A link that leaves this page as it is. */
export const away = (href, words) => element("a", { href, target: "_blank", rel: "noopener" }, `${words} (nouvel onglet)`);

/** An element with properties and children; texts are texts, never markup. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && !key.includes("-")) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}
