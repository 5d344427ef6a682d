// Server-sent events (WHATWG HTML §9.2) out of a body that comes in pieces, cut anywhere.

/** Cuts a text that comes in pieces into events. */
export class Events {
  #rest = "";
  #name = "";
  #data = [];

  /** The events that are whole with this piece. */
  push(piece) {
    const found = [];
    const text = this.#rest + piece;
    let from = 0;
    for (;;) {
      const end = text.slice(from).search(/[\r\n]/);
      if (end === -1) break;
      const at = from + end;
      // A CR at the end may be half of a CRLF.
      if (text[at] === "\r" && at + 1 === text.length) break;
      const line = text.slice(from, at);
      from = at + (text.startsWith("\r\n", at) ? 2 : 1);
      const event = this.#line(line);
      if (event) found.push(event);
    }
    this.#rest = text.slice(from);
    return found;
  }

  #line(line) {
    if (line === "") {
      const event = this.#data.length > 0 ? { name: this.#name, data: this.#data.join("\n") } : null;
      this.#name = "";
      this.#data = [];
      return event;
    }
    const [, field, value] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
    if (field === "data") this.#data.push(value ?? "");
    else if (field === "event") this.#name = value ?? "";
    return null;
  }
}

/** The events of an answer, one after the other. */
export async function* events(body) {
  const cutter = new Events();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield* cutter.push(value);
    }
    // The last event may lack its empty line.
    yield* cutter.push("\n\n");
  } finally {
    reader.cancel().catch(() => {});
  }
}
