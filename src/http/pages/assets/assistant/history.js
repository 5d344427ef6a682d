// The conversations of one person, kept in this browser and nowhere else. What was masked in the page is kept masked: its
// values are in memory only. Somebody else at the same browser finds nothing: the first thing done is to forget them.

const PLACE = "gardefou.conversations";
const SWITCH = "gardefou.historique";
// Whose page is open: signing out takes it away from every tab.
const PRESENT = "gardefou.personne";

// Conversations that are kept; the oldest go first, also where the browser has no more room.
const KEPT = 50;

/** The kept conversations, newest first: { id, title, at, turns }. */
export class History {
  #person;
  #allowed;
  #all = [];
  #isMarked;
  // What has been here: a conversation that is not here any more was erased in another tab.
  #known = new Set();

  /** `allowed`: whether this gateway lets histories be kept at all. */
  constructor(person, allowed) {
    this.#person = person;
    this.#allowed = allowed;
    if (!this.isOn || read(PLACE)?.person !== person) this.erase();
    this.#isMarked = write(PRESENT, person);
    this.#read();
  }

  /** Whether nobody signed out in another tab, nor somebody else in. */
  get isTheirs() {
    return !this.#isMarked || read(PRESENT) === this.#person;
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

  /** Whether a conversation was erased, here or in another tab. */
  isGone(id) {
    this.#read();
    return this.isOn && this.#known.has(id) && !this.get(id);
  }

  /** Keeps a conversation as it stands now; what was erased stays so, and the title that it was given last. */
  keep(conversation) {
    if (!this.isOn || conversation.turns.length === 0 || this.isGone(conversation.id)) return;
    const title = this.get(conversation.id)?.title || conversation.title;
    this.#all = [{ ...conversation, title }, ...this.#all.filter((each) => each.id !== conversation.id)].slice(0, KEPT);
    this.#save();
  }

  rename(id, title) {
    this.#read();
    const found = this.get(id);
    if (found && title.trim()) found.title = title.trim().slice(0, 120);
    this.#save();
  }

  remove(id) {
    this.#read();
    this.#all = this.#all.filter((each) => each.id !== id);
    this.#save();
  }

  /** Forgets everything, of whomever it is. */
  erase() {
    this.#all = [];
    this.#known.clear();
    write(PLACE, null);
  }

  /** Forgets everything: this person goes. The mark goes once the gateway has closed the session, and tells other tabs. */
  leave() {
    this.erase();
    this.#isMarked = false;
  }

  /** Other tabs keep and erase as well: before anything is written, what stands there is read again. */
  #read() {
    const kept = read(PLACE);
    const all = kept?.person === this.#person && Array.isArray(kept.all) ? kept.all : [];
    this.#all = all.filter((each) => each && typeof each.title === "string" && Array.isArray(each.turns));
    for (const { id } of this.#all) this.#known.add(id);
  }

  #save() {
    if (!this.isOn) return;
    for (const { id } of this.#all) this.#known.add(id);
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
