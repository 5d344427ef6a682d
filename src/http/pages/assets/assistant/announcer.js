// Tells a screen reader what comes, by whole sentences: a live region that changes with every letter cannot be listened
// to. The conversation itself is no live region; this hidden log is.

import { element, sentences } from "./text.js";

// Milliseconds between two announcements, and how many stay.
const PAUSE = 1000;
const KEPT = 20;

/** Writes into a log. */
export class Announcer {
  #log;
  #rest = "";
  #ready = "";
  #timer = 0;

  constructor(log) {
    this.#log = log;
  }

  /** More of an answer has come. */
  add(piece) {
    const [whole, rest] = sentences(this.#rest + piece);
    this.#rest = rest;
    if (whole) this.#ready += `${whole} `;
    this.#timer ||= setTimeout(() => this.#flush(), PAUSE);
  }

  /** Says something at once, after what is still to be said; an answer is over. */
  say(words = "") {
    this.#ready += `${this.#rest} ${words}`;
    this.#rest = "";
    this.#flush();
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    // Marks of Markdown are not read out.
    const words = this.#ready.replace(/[*`#|]+/g, "").trim();
    this.#ready = "";
    if (!words) return;
    this.#log.append(element("p", {}, words));
    while (this.#log.children.length > KEPT) this.#log.firstElementChild.remove();
  }
}
