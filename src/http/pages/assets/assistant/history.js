// The conversations of one person, kept in this browser and nowhere else. What was masked in the page is kept masked: its
// values are in memory only. Somebody else at the same browser finds nothing: the first thing done is to forget them.

const PLACE = "gardefou.conversations";
const SWITCH = "gardefou.historique";

// Conversations that are kept; the oldest go first, also where the browser has no more room.
const KEPT = 50;

/** The kept conversations, newest first: { id, title, at, turns }. */
export class History {
  #person;
  #allowed;
  #all = [];

  /** `allowed`: whether this gateway lets histories be kept at all. */
  constructor(person, allowed) {
    this.#person = person;
    this.#allowed = allowed;
    const kept = read(PLACE);
    if (!this.isOn || kept?.person !== person || !Array.isArray(kept?.all)) this.erase();
    else this.#all = kept.all.filter((each) => each && typeof each.title === "string" && Array.isArray(each.turns));
  }

  /** Whether conversations are kept. */
  get isOn() {
    return this.#allowed && read(SWITCH) !== "off";
  }

  /** Keeps conversations from now on, or none any more. */
  turn(on) {
    write(SWITCH, on ? "on" : "off");
    if (!on) this.erase();
  }

  /** Those whose title or words hold these words. */
  find(words) {
    const wanted = words.trim().toLowerCase();
    const has = (text) => text.toLowerCase().includes(wanted);
    return this.#all.filter((each) => !wanted || has(each.title) || each.turns.some((turn) => has(turn.text)));
  }

  get(id) {
    return this.#all.find((each) => each.id === id);
  }

  /** Keeps a conversation as it stands now. */
  keep(conversation) {
    if (!this.isOn || conversation.turns.length === 0) return;
    this.#all = [conversation, ...this.#all.filter((each) => each.id !== conversation.id)].slice(0, KEPT);
    this.#save();
  }

  rename(id, title) {
    const found = this.get(id);
    if (found && title.trim()) found.title = title.trim().slice(0, 120);
    this.#save();
  }

  remove(id) {
    this.#all = this.#all.filter((each) => each.id !== id);
    this.#save();
  }

  /** Forgets everything, of whomever it is. */
  erase() {
    this.#all = [];
    write(PLACE, null);
  }

  #save() {
    if (!this.isOn) return;
    while (!write(PLACE, { person: this.#person, all: this.#all }) && this.#all.length > 1) this.#all.pop();
  }
}

/** None where there is nothing, or the browser keeps nothing. */
function read(place) {
  try {
    return JSON.parse(localStorage.getItem(place));
  } catch {
    return null;
  }
}

/** Whether it could be written. */
function write(place, value) {
  try {
    if (value === null) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
