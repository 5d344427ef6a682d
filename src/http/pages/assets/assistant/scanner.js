// What the gateway sees in a text while it is typed. A text is sent once its typing rests; an answer to an older text is
// never shown, and its request is given up.

// Milliseconds without a key.
const REST = 250;

/** Asks what is in the latest text. `ask(text, tool, signal)` gives spans or throws; `show(state)` is told what is known. */
export class Scanner {
  #ask;
  #show;
  #timer = 0;
  #running = null;
  #last = null;

  constructor(ask, show) {
    this.#ask = ask;
    this.#show = show;
  }

  /** The text has changed. */
  look(text, tool) {
    if (this.#last?.text === text && this.#last.tool === tool && !this.#last.failed) return;
    this.#giveUp();
    this.#last = { text, tool };
    if (text.trim() === "") {
      this.#last.spans = [];
      this.#show(this.#last);
      return;
    }
    this.#show(this.#last);
    const asked = this.#last;
    this.#timer = setTimeout(() => this.#run(asked), REST);
  }

  /** What is known of this very text: asked at once where it is not known yet. Throws where it cannot be known. */
  async verdict(text, tool) {
    if (this.#last?.text !== text || this.#last.tool !== tool || this.#last.failed) {
      this.#giveUp();
      this.#last = { text, tool, spans: text.trim() === "" ? [] : undefined };
    }
    const asked = this.#last;
    if (asked.spans) return asked.spans;
    clearTimeout(this.#timer);
    await (this.#running ?? this.#run(asked));
    if (asked.failed) throw asked.failed;
    if (!asked.spans) throw new DOMException("another text came", "AbortError");
    return asked.spans;
  }

  #run(asked) {
    const stop = new AbortController();
    const work = this.#ask(asked.text, asked.tool, stop.signal)
      .then((spans) => {
        asked.spans = spans;
      })
      .catch((error) => {
        asked.failed = error;
      })
      .finally(() => {
        if (this.#last !== asked) return;
        this.#running = null;
        this.#show(asked);
      });
    this.#running = Object.assign(work, { stop });
    return work;
  }

  #giveUp() {
    clearTimeout(this.#timer);
    this.#running?.stop.abort();
    this.#running = null;
  }
}
