// Where a question is written. A plain text field, which every keyboard and every screen reader knows; what was seen in
// the text is underlined on a copy that lies behind it, and told in a list below, with the reason and what can be done.

import { element, inUnits } from "./text.js";

const SHOWN = ["block", "mask", "warn"];
const FATE = {
  block: "à masquer avant l'envoi",
  mask: "la passerelle la masquera",
  warn: "peut partir, et l'envoi sera noté",
};

/** The field with its underlines and its list. `parts`: elements by role; `words`: French names of types, classes, reasons. */
export class Composer {
  #parts;
  #words;
  #masks;
  #report;
  #others;
  #spans = [];
  #text = "";
  #told = new Set();

  constructor(parts, words, { masks, report, others }) {
    this.#parts = parts;
    this.#words = words;
    this.#masks = masks;
    this.#report = report;
    this.#others = others;
    parts.field.addEventListener("scroll", () => this.#follow());
    parts.field.addEventListener("input", () => this.#moved());
  }

  get text() {
    return this.#parts.field.value;
  }

  set text(text) {
    this.#parts.field.value = text;
    this.#parts.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  focus() {
    this.#parts.field.focus();
  }

  /** Another conversation has other values. */
  use(masks) {
    this.#masks = masks;
    this.#told.clear();
  }

  /** What is known of the text: `spans` in code points, none while it is looked at, `failed` where it cannot be. */
  show({ text, spans, failed }) {
    if (text !== this.text) return;
    const { status, panel } = this.#parts;
    if (failed) {
      this.#spans = [];
      status.textContent = "Le texte n'a pas pu être vérifié. Il le sera à l'envoi.";
      panel.hidden = true;
    } else if (spans) {
      this.#spans = inUnits(text, spans).filter((span) => SHOWN.includes(span.action));
      this.#list();
    }
    this.#text = text;
    this.#paint();
  }

  /** Spans (in code points) of what may not leave as it is. */
  static stopped(spans) {
    return spans.filter((span) => span.action === "block");
  }

  /** Puts placeholders in the places of spans of the text as it stands (in code points). */
  mask(spans) {
    this.#replace(inUnits(this.text, spans));
  }

  /** The text may have changed since the list was written: the value is looked for where it stands now. */
  #replaceAgain(span, value) {
    const start = this.text.startsWith(value, span.start) ? span.start : this.text.indexOf(value);
    if (start !== -1) this.#replace([{ ...span, start, end: start + value.length }]);
  }

  #replace(spans) {
    const { field } = this.#parts;
    const text = this.text;
    const named = spans.map(({ start, end, type }) => {
      const name = this.#masks().name(this.#words.kinds[type]?.stem ?? "DONNEE", text.slice(start, end), [text, ...this.#others()]);
      return { start, end, name };
    });
    for (const { start, end, name } of named.reverse()) {
      field.focus();
      field.setSelectionRange(start, end);
      // Deprecated, and the only way that the field's own undo understands.
      if (!document.execCommand("insertText", false, name)) {
        field.setRangeText(name, start, end, "end");
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  }

  /** The text has changed and nothing is known of it yet: underlines move with what they stand under. */
  #moved() {
    const [old, now] = [this.#text, this.text];
    let head = 0;
    while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
    let tail = 0;
    while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
    const by = now.length - old.length;
    this.#spans = this.#spans
      .map((span) => (span.end <= head ? span : { ...span, start: span.start + by, end: span.end + by, moved: span.start < old.length - tail }))
      .filter((span) => !span.moved);
    this.#text = now;
    this.#paint();
  }

  #paint() {
    const { behind } = this.#parts;
    const parts = [];
    let at = 0;
    for (const { start, end, action } of this.#spans) {
      parts.push(this.text.slice(at, start), element("mark", { className: action }, this.text.slice(start, end)));
      at = end;
    }
    // A last line that is empty has no height without a letter.
    behind.replaceChildren(...parts, `${this.text.slice(at)}\u200b`);
    this.#follow();
  }

  #follow() {
    this.#parts.behind.scrollTop = this.#parts.field.scrollTop;
  }

  #list() {
    const { panel, list, status, all } = this.#parts;
    const inside = list.contains(document.activeElement);
    list.replaceChildren(...this.#spans.map((span) => this.#item(span)));
    panel.hidden = this.#spans.length === 0;
    const stopped = Composer.stopped(this.#spans).length;
    all.hidden = stopped === 0;
    status.textContent = summary(this.#spans.length, stopped);
    if (inside) (list.querySelector("button") ?? this.#parts.field).focus();
  }

  #item(span) {
    const { kinds, classes, evidence } = this.#words;
    const value = this.text.slice(span.start, span.end);
    const label = kinds[span.type]?.label ?? `donnée reconnue par la règle « ${span.type} »`;
    const why = span.evidence.map((name) => evidence[name]).filter(Boolean).join(", ");
    const short = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    const key = `${span.type} ${value}`;
    const told = element("p", { className: "hint", role: "status" });
    const tell = () => {
      told.textContent = "Merci, c'est compté pour la DSIUN, sans le texte. La donnée reste protégée : masquez-la, ou reformulez.";
    };
    if (this.#told.has(key)) tell();
    const report = element("button", {
      type: "button",
      className: "second",
      "aria-label": `Ce n'est pas une donnée personnelle : ${short}`,
      onclick: async (event) => {
        event.currentTarget.disabled = true;
        if (await this.#report(span)) {
          this.#told.add(key);
          tell();
        } else event.target.disabled = false;
      },
    }, "Ce n'est pas une donnée personnelle");
    report.disabled = this.#told.has(key);
    const mask = element("button", { type: "button", "aria-label": `Masquer : ${short}`, onclick: () => this.#replaceAgain(span, value) }, "Masquer");
    return element(
      "li",
      {},
      element("p", {}, element("strong", {}, capital(label)), ` (${classes[span.class] ?? span.class}) : `, `«\u00a0${short}\u00a0»`),
      element("p", { className: "hint" }, why ? `Reconnue par : ${why}. ` : "", `${capital(FATE[span.action])}.`),
      element("p", { className: "actions" }, mask, report),
      told,
    );
  }
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function summary(count, stopped) {
  if (count === 0) return "";
  const seen = count === 1 ? "1 donnée repérée" : `${count} données repérées`;
  if (stopped === 0) return `${seen}.`;
  return stopped === 1 ? `${seen}, dont 1 à masquer avant l'envoi.` : `${seen}, dont ${stopped} à masquer avant l'envoi.`;
}
