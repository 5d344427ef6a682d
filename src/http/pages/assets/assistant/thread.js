// The conversation as it is shown: questions, answers, and what can be done with each.

import { copy, htmlOf } from "./copy.js";
import { Page } from "./markdown.js";
import { away, digits, element } from "./text.js";

/** Shows turns. `acts`: what the buttons do; `mention`: the words that end an AI-made text. */
export class Thread {
  #list;
  #acts;
  #mention;
  #say;

  constructor(list, { acts, mention, say }) {
    this.#list = list;
    this.#acts = acts;
    this.#mention = mention;
    this.#say = say;
  }

  /** Shows all turns anew. */
  show(turns, restore) {
    this.#list.replaceChildren();
    for (const turn of turns) {
      if (turn.role === "user") this.question(turn);
      else this.answer(turn, restore).end(turn);
    }
    this.mark();
  }

  /** Adds a question, as it left: with its placeholders. */
  question(turn) {
    const files = turn.files?.map((file) => element("li", {}, file.name)) ?? [];
    this.#list.append(
      element("li", { className: "turn question" },
        element("h3", {}, "Vous"),
        element("p", { className: "said" }, turn.text),
        files.length > 0 ? element("ul", { className: "files", "aria-label": "Fichiers joints" }, ...files) : null,
        element("p", { className: "actions" }),
      ),
    );
    this.mark();
  }

  /** Adds an answer, empty at first. */
  answer(turn, restore) {
    const shown = element("div", { className: "answer" });
    const notes = element("div", { className: "notes" });
    const actions = element("p", { className: "actions" });
    const item = element("li", { className: "turn reply" }, element("h3", {}, turn.name), shown, notes, actions);
    this.#list.append(item);
    const page = new Page(shown, restore);
    return {
      item,
      show: (text) => page.show(text),
      /** It is whole, or as whole as it will be. */
      end: (ended) => {
        page.show(ended.text);
        for (const code of shown.querySelectorAll(".code")) code.append(this.#codeButton(code.querySelector("code")));
        notes.replaceChildren(...(ended.notes ?? []).map((words) => element("p", {}, words)), foot(ended));
        actions.replaceChildren(...this.#buttons(ended, shown, restore));
        this.mark();
      },
    };
  }

  /** Only the last question can be changed, only the last answer asked for again. */
  mark(busy = false) {
    const items = [...this.#list.children];
    for (const old of this.#list.querySelectorAll(".last")) old.remove();
    if (busy) return;
    const last = (name) => items.filter((item) => item.classList.contains(name)).at(-1)?.querySelector(".actions");
    const button = (words, act) => element("button", { type: "button", className: "last second", onclick: act }, words);
    last("question")?.append(button("Modifier", this.#acts.edit));
    if (items.at(-1)?.classList.contains("reply")) last("reply")?.append(button("Réessayer", this.#acts.retry));
  }

  #codeButton(code) {
    return element("button", {
      type: "button",
      className: "second",
      onclick: async () => this.#say((await copy(code.textContent)) ? "Code copié." : "Le navigateur n'a pas permis la copie."),
    }, "Copier le code");
  }

  #buttons(turn, shown, restore) {
    const button = (words, act, more = {}) => element("button", { type: "button", className: "second", onclick: act, ...more }, words);
    const made = [button("Copier", async () => {
      let [text, html] = [restore(turn.text).trim(), htmlOf(shown)];
      if (this.#mention && !text.endsWith(this.#mention)) {
        text += `\n\n${this.#mention}`;
        html += element("p", {}, this.#mention).outerHTML;
      }
      this.#say((await copy(text, html)) ? "Réponse copiée, avec sa mention." : "Le navigateur n'a pas permis la copie.");
    })];
    if (turn.request) {
      for (const [words, rating] of [["Utile", 5], ["Pas utile", 1]]) {
        const thumb = button(words, async () => {
          const others = [...thumb.parentElement.querySelectorAll("[aria-pressed]")];
          if (thumb.ariaPressed === "true") return;
          for (const other of others) other.disabled = true;
          const done = await this.#acts.rate(turn, rating);
          for (const other of others) {
            other.disabled = false;
            if (done) other.ariaPressed = String(other === thumb);
          }
          thumb.focus();
        }, { "aria-pressed": String(turn.rating === rating) });
        made.push(thumb);
      }
      made.push(away(`/signalements?demande=${encodeURIComponent(turn.request)}`, "Signaler"));
    }
    return made;
  }
}

/** What an answer costs and how to quote it. What is not known is said to be unknown, never zero. */
function foot(turn) {
  const parts = [footprint(turn.usage)];
  if (turn.request) parts.push(` · n° de demande `, element("code", {}, turn.request));
  return element("p", { className: "hint" }, ...parts);
}

/** In words: a range where there is one. */
export function footprint(usage) {
  const { kWh, kgCO2eq } = usage?.carbon ?? {};
  const known = [kWh?.min, kWh?.max, kgCO2eq?.min, kgCO2eq?.max].every(Number.isFinite);
  if (!known) return "Empreinte inconnue";
  const range = ({ min, max }) => {
    const [least, most] = [digits(min * 1000), digits(max * 1000)];
    return least === most ? most : `${least} à ${most}`;
  };
  return `Empreinte estimée : ${range(kgCO2eq)} g CO₂e, ${range(kWh)} Wh (méthode EcoLogits, selon la longueur de la réponse)`;
}
