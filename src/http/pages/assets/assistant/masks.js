// What is masked in the page itself: what the policy would stop never leaves this browser. A placeholder takes its place,
// of the form that the gateway gives its own (`[NIR_1]`): its detector takes such a thing for no data, and leaves out of
// its own numbering what somebody typed like that. The values stay in the memory of this page, and come back in what it
// shows.

// Longest thing that may turn out to be a placeholder, in characters.
const LONGEST = 48;

// As models write them: `[NIR_1]`, `[nir 1]`, `[NIR\_1]`, `{NIR_1}`, and bare in capitals.
const WRITTEN = /[[{<(]\*{0,2}\\?([A-ZÀ-Ý]{2,}(?:(?:\\?_| )[A-ZÀ-Ý]{2,})*)(?:\\?[_ -])(\d{1,4})\\?\*{0,2}[\]}>)]|(?<![\p{L}\p{N}_])([A-Z]{2,}(?:_[A-Z]{2,})*)_(\d{1,4})(?![\p{L}\p{N}])/giu;

const plain = (stem) => stem.normalize("NFD").replace(/[^a-z]/gi, "").toUpperCase();

/** The values of one conversation, by placeholder. */
export class Masks {
  #values = new Map();
  #names = new Map();

  get size() {
    return this.#values.size;
  }

  /** The placeholder of a value: the same for the same value, and none that stands in `texts` for something else. */
  name(stem, value, texts) {
    const same = `${stem} ${value.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase()}`;
    const known = this.#names.get(same);
    if (known) return known;
    const taken = new Set();
    for (const text of texts) {
      for (const [, one, number, bare, other] of text.matchAll(WRITTEN)) taken.add(`${plain(one ?? bare)} ${Number(number ?? other)}`);
    }
    let number = 1;
    while (taken.has(`${plain(stem)} ${number}`) || this.#values.has(`${plain(stem)} ${number}`)) number += 1;
    const placeholder = `[${stem}_${number}]`;
    this.#values.set(`${plain(stem)} ${number}`, value);
    this.#names.set(same, placeholder);
    return placeholder;
  }

  /** A text with the values in the places of their placeholders, however a model wrote them. */
  restore(text) {
    if (this.size === 0) return text;
    return text.replace(WRITTEN, (whole, stem, number, bare, other) => {
      // Without brackets only capitals are one: « personne 1 » is a word and a number.
      if (bare && bare !== bare.toUpperCase()) return whole;
      return this.#values.get(`${plain(stem ?? bare)} ${Number(number ?? other)}`) ?? whole;
    });
  }

  /** A text that is still coming, without the end that may become a placeholder. */
  settled(text) {
    if (this.size === 0) return text;
    const end = /(?:[[{<(][^\]}>)\n]*|[A-Z_]+\d*)$/.exec(text.slice(-LONGEST));
    return end ? text.slice(0, text.length - end[0].length) : text;
  }
}
