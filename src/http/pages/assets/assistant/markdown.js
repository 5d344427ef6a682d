// Markdown as models write it, shown with DOM nodes only. What a model says is a stranger's text: nothing of it is ever
// parsed as HTML, and the elements below are all there are: paragraphs, headings, lists, quotations, tables, code, bold,
// italic, and links to https addresses. Everything else is shown as it is written.

import { element } from "./text.js";

// Deeper than this, lists and quotations are shown as text: a hostile answer must not fill the stack.
const DEEPEST = 8;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+•]|\d{1,9}[.)])(\s+)(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const BAR = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

const blank = (line) => line.trim() === "";
const isTable = (lines, at) =>
  lines[at].includes("|") && at + 1 < lines.length && lines[at + 1].includes("-") && lines[at + 1].includes("|") && BAR.test(lines[at + 1]);
const startsOther = (line) => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);

/** The blocks of a text: what they are, and their lines. */
export function blocks(lines) {
  const found = [];
  let at = 0;
  const take = (kind, until) => {
    const start = at;
    at += 1;
    while (at < lines.length && !until(lines[at], at)) at += 1;
    found.push({ kind, lines: lines.slice(start, at) });
  };
  while (at < lines.length) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    if (blank(line)) at += 1;
    else if (fence) {
      const close = new RegExp(`^ {0,3}${fence[1][0]}{${fence[1].length},}\\s*$`);
      take("code", (next) => close.test(next));
      at += 1; // The closing line, or the end.
    } else if (HEADING.test(line)) take("heading", () => true);
    else if (RULE.test(line)) take("rule", () => true);
    else if (QUOTE.test(line)) take("quote", (next) => !QUOTE.test(next));
    else if (ITEM.test(line)) {
      const ordered = /^\s*\d/.test(line);
      take(ordered ? "ordered" : "list", (next, place) => {
        if (blank(next)) return !(lines[place + 1] && (ITEM.test(lines[place + 1]) || /^\s{2,}\S/.test(lines[place + 1])));
        const item = ITEM.exec(next);
        if (item) return item[1].length < 2 && /^\d/.test(item[2]) !== ordered;
        return !/^\s{2,}/.test(next) && (startsOther(next) || blank(lines[place - 1]));
      });
    } else if (isTable(lines, at)) take("table", (next) => blank(next) || !next.includes("|"));
    else take("paragraph", (next, place) => blank(next) || startsOther(next) || isTable(lines, place));
  }
  return found;
}

/** A block as a node. `say` is what is shown for a text, such as a value in the place of its placeholder. */
function block({ kind, lines }, say, depth) {
  switch (kind) {
    case "code": {
      const [, , language] = FENCE.exec(lines[0]);
      const code = element("code", {}, say(lines.slice(1).join("\n")));
      return element("div", { className: "code" }, element("pre", { tabIndex: 0, "aria-label": language ? `Code ${language}` : "Code", role: "region" }, code));
    }
    case "heading": {
      const [, marks, words] = HEADING.exec(lines[0]);
      // The page has its own h1 to h3.
      return inline(words, element(`h${Math.min(6, marks.length + 3)}`), say, 0);
    }
    case "rule":
      return element("hr");
    case "quote": {
      const inner = lines.map((line) => line.replace(QUOTE, ""));
      return depth >= DEEPEST ? paragraph(inner, say) : element("blockquote", {}, ...all(inner, say, depth + 1));
    }
    case "ordered":
    case "list":
      return list(kind, lines, say, depth);
    case "table":
      return table(lines, say);
    default:
      return paragraph(lines, say);
  }
}

function paragraph(lines, say) {
  const made = element("p");
  lines.forEach((line, index) => {
    if (index > 0) made.append(element("br"));
    inline(line.trim(), made, say, 0);
  });
  return made;
}

function list(kind, lines, say, depth) {
  const made = element(kind === "ordered" ? "ol" : "ul");
  const first = Number.parseInt(lines[0].trim(), 10);
  if (kind === "ordered" && first > 1) made.start = first;
  const items = [];
  const margin = ITEM.exec(lines[0])[1].length;
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1].length < margin + 2) items.push([item[4]]);
    else items.at(-1).push(line);
  }
  for (const [head, ...rest] of items) {
    const indents = rest.filter((line) => !blank(line)).map((line) => /^\s*/.exec(line)[0].length);
    const indent = indents.length > 0 ? Math.min(...indents) : 0;
    const inner = [head, ...rest.map((line) => line.slice(Math.min(indent, /^\s*/.exec(line)[0].length)))];
    const parts = depth >= DEEPEST ? [paragraph(inner, say)] : all(inner, say, depth + 1);
    // A lone or a leading paragraph is the item's own text.
    if (parts[0]?.localName === "p") parts.splice(0, 1, ...parts[0].childNodes);
    made.append(element("li", {}, ...parts));
  }
  return made;
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function table(lines, say) {
  const head = cells(lines[0]);
  const row = (line) => {
    const written = cells(line);
    return element("tr", {}, ...head.map((_, column) => inline(written[column] ?? "", element("td"), say, 0)));
  };
  const header = element("tr", {}, ...head.map((cell) => inline(cell, element("th", { scope: "col" }), say, 0)));
  const made = element("table", {}, element("thead", {}, header), element("tbody", {}, ...lines.slice(2).map(row)));
  return element("div", { className: "table", tabIndex: 0, role: "region", "aria-label": "Tableau" }, made);
}

const ESCAPED = /[\\`*_{}[\]()#+\-.!|<>~]/;
const WORD = /[\p{L}\p{N}]/u;
// An address ends where a sentence may: its last sign is none of these.
const ADDRESS = /^https:\/\/[^\s<>"'`\\]*[^\s<>"'`\\.,;:!?)\]}»]/;

/** The parts of a line. Searching is bounded: a closing mark that was not found once is not looked for again. */
function inline(source, into, say, depth) {
  let plain = "";
  let at = 0;
  const missing = new Set();
  const flush = () => {
    if (plain) into.append(say(plain));
    plain = "";
  };
  const closing = (mark, from, ok) => {
    if (missing.has(mark)) return -1;
    for (let end = source.indexOf(mark, from); end !== -1; end = source.indexOf(mark, end + 1)) if (ok(end)) return end;
    missing.add(mark);
    return -1;
  };
  while (at < source.length) {
    const sign = source[at];
    const put = (node, end) => {
      flush();
      into.append(node);
      at = end;
    };
    if (sign === "\\" && ESCAPED.test(source[at + 1] ?? "")) {
      plain += source[at + 1];
      at += 2;
      continue;
    }
    if (sign === "`") {
      const [ticks] = /^`+/.exec(source.slice(at));
      const end = closing(ticks, at + ticks.length, (place) => source[place + ticks.length] !== "`" && source[place - 1] !== "`");
      if (end !== -1) {
        put(element("code", {}, say(source.slice(at + ticks.length, end).replace(/^ (.+) $/, "$1"))), end + ticks.length);
        continue;
      }
      plain += ticks;
      at += ticks.length;
      continue;
    }
    if ((sign === "*" || sign === "_") && depth < DEEPEST) {
      const mark = source[at + 1] === sign ? sign + sign : sign;
      const start = at + mark.length;
      // `_` inside a word is a letter of it, as in `[PERSONNE_1]`.
      const opens = /\S/.test(source[start] ?? "") && !(sign === "_" && WORD.test(source[at - 1] ?? ""));
      const closes = (place) =>
        place > start &&
        /\S/.test(source[place - 1]) &&
        (mark.length === 2 || (source[place + 1] !== sign && source[place - 1] !== sign)) &&
        !(sign === "_" && WORD.test(source[place + mark.length] ?? ""));
      const end = opens ? closing(mark, start, closes) : -1;
      if (end !== -1) {
        const name = mark.length === 2 ? "strong" : "em";
        put(inline(source.slice(start, end), element(name), say, depth + 1), end + mark.length);
        continue;
      }
      plain += mark;
      at = start;
      continue;
    }
    if (sign === "[" && depth < DEEPEST) {
      const link = /^\[([^[\]]{1,500})\]\(\s*<?(https:\/\/[^\s<>"'`\\()]{1,2000})>?(?:\s+"[^"]*")?\s*\)/.exec(source.slice(at, at + 2600));
      if (link) {
        put(anchor(link[2], (a) => inline(link[1], a, say, DEEPEST)), at + link[0].length);
        continue;
      }
    }
    if (source.startsWith("https://", at) && !WORD.test(source[at - 1] ?? "") && depth < DEEPEST) {
      const address = ADDRESS.exec(source.slice(at, at + 2000));
      if (address) {
        put(anchor(address[0], (a) => a.append(address[0])), at + address[0].length);
        continue;
      }
    }
    plain += sign;
    at += 1;
  }
  flush();
  return into;
}

/** A link, or the words alone where the address is none that may be opened. */
function anchor(address, fill) {
  let url;
  try {
    url = new URL(address);
  } catch {
    url = null;
  }
  if (url?.protocol !== "https:" || url.username || url.password) return fill(element("span")) ?? document.createTextNode(address);
  const made = element("a", { href: url.href, rel: "noopener noreferrer", target: "_blank", title: `${url.host} (nouvel onglet)` });
  fill(made);
  return made;
}

function all(lines, say, depth) {
  return blocks(lines).map((each) => block(each, say, depth));
}

/** A text that grows: only the blocks that changed are made anew, so what a reader selected stays selected. */
export class Page {
  #element;
  #say;
  #shown = [];

  constructor(into, say = (text) => text) {
    this.#element = into;
    this.#say = say;
  }

  /** Shows the whole text as it stands now. */
  show(source) {
    const found = blocks(source.replaceAll("\r\n", "\n").split("\n"));
    const said = found.map(({ kind, lines }) => `${kind}\n${lines.join("\n")}`);
    let same = 0;
    while (same < said.length && said[same] === this.#shown[same]) same += 1;
    while (this.#element.children.length > same) this.#element.lastElementChild.remove();
    for (const each of found.slice(same)) this.#element.append(block(each, this.#say, 0));
    this.#shown = said;
  }

  /** Everything is made anew at the next show. */
  forget() {
    this.#shown = [];
  }
}
