// Asks the gateway: who asks is told by the session, and that this page asks by a token that other sites do not have.

import { DIALECTS } from "./dialects.js";
import { events } from "./stream.js";

// Milliseconds without a byte after which an answer is given up.
const SILENCE = 120_000;

export const CHARTER = "charter-not-accepted";

/** Why there is no answer, in French. */
export class Failure extends Error {
  /** `found`: counts by class; `rule`: what decided; `request`: the number to quote; `wait`: seconds. */
  constructor(message, about = {}) {
    // The number is told once, apart.
    super(about.request ? message.replace(/ ?\[demande [^\]]*\]/, "") : message);
    Object.assign(this, about);
  }
}

/** The gateway, for this page. */
export class Gateway {
  #token;
  #person;

  constructor(token, person) {
    this.#token = token;
    this.#person = person;
  }

  /** A request whose answer is JSON. */
  async json(address, body, signal) {
    const answer = await this.#fetch(address, { method: body ? "POST" : "GET", body: body && JSON.stringify(body), signal });
    return answer.status === 204 ? {} : answer.json();
  }

  /** What is seen in a text. */
  async scan(text, tool, signal) {
    return (await this.json("/api/scan", { text, tool }, signal)).spans;
  }

  /** The models of a tool, as its backend lists them. */
  async models(tool) {
    const dialect = DIALECTS[tool.dialect];
    const answer = await this.#fetch(dialect.models(tool.id), { headers: dialect.headers });
    return dialect.names(await answer.json());
  }

  /** Asks a question; gives { request, reminder } first, then pieces: { text, cut, withheld, usage }. */
  async *ask(tool, model, instruction, turns, purpose, signal) {
    const dialect = DIALECTS[tool.dialect];
    const headers = { ...dialect.headers };
    // A header holds bytes: French words travel as those of UTF-8.
    if (purpose) headers["x-gardefou-purpose"] = String.fromCharCode(...new TextEncoder().encode(purpose));
    const body = JSON.stringify(dialect.body(model, instruction, turns));
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE);
    try {
      const answer = await this.#fetch(dialect.chat(tool.id, model), {
        method: "POST", headers, body, signal: AbortSignal.any([signal, silence.signal]),
      });
      const request = answer.headers.get("x-gardefou-request-id");
      yield { request, reminder: decoded(answer.headers.get("x-gardefou-reminder")) };
      for await (const { name, data } of events(answer.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE);
        if (data === "[DONE]") break;
        const piece = dialect.read(name, JSON.parse(data));
        if (piece.error) throw new Failure(piece.error, { request });
        yield piece;
      }
    } catch (error) {
      if (signal.aborted || error instanceof Failure) throw error;
      if (silence.signal.aborted) throw new Failure("L'outil ne répond plus depuis deux minutes. Réessayez.");
      throw new Failure("La réponse a été coupée en route : ce qui est affiché n'est pas entier. Réessayez.");
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(address, request) {
    let answer = await this.#send(address, request);
    if (answer.status === 401 && (await this.#renewed())) answer = await this.#send(address, request);
    if (answer.ok) return answer;
    throw await refusal(answer);
  }

  /** Whether the same person signed in again in another tab: this page then takes over the token of their new session. */
  async #renewed() {
    const page = await fetch("/assistant", { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (!page?.ok) return false;
    const room = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("assistant");
    const { person, token } = JSON.parse(room.dataset.config);
    // Somebody else has nothing to see here.
    if (person !== this.#person) location.reload();
    else if (token !== this.#token) return Boolean((this.#token = token));
    return false;
  }

  async #send(address, { headers, ...rest } = {}) {
    try {
      const ours = { "content-type": "application/json", "x-gardefou-jeton": this.#token, ...headers };
      return await fetch(address, { ...rest, headers: ours, credentials: "same-origin", cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      const offline = navigator.onLine === false;
      throw new Failure(
        offline ? "Cet ordinateur n'est plus relié au réseau. Votre texte est gardé : renvoyez-le une fois la connexion revenue."
          : "La passerelle est injoignable. Votre texte est gardé : réessayez dans un instant.",
      );
    }
  }
}

/** A refusal says itself, in French, in the body of each dialect. */
async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const head = (name) => answer.headers.get(name);
  const wait = Number.parseInt(head("retry-after") ?? "", 10);
  const counts = (head("x-gardefou-findings") ?? "").split(",").filter(Boolean);
  const found = counts.map((pair) => pair.split("=")).filter(([name]) => !name.includes(":"));
  const first = Array.isArray(said) ? said[0] : said;
  const rule = head("x-gardefou-rule");
  // What is said to a program of keys and addresses is said here as it is meant for a page.
  let message = first?.error?.message ?? `La passerelle a répondu par le code ${answer.status}, sans explication. Réessayez, ou prévenez la DSIUN.`;
  if (answer.status === 401) message = "Votre session est terminée. Votre texte et la conversation restent affichés ici.";
  if (rule === CHARTER) message = "La charte en vigueur n'est pas encore acceptée : rien n'est parti. Votre texte est gardé.";
  return new Failure(message, {
    status: answer.status,
    rule,
    request: head("x-gardefou-request-id"),
    found: found.map(([name, count]) => ({ name, count: Number(count) })),
    wait: Number.isFinite(wait) ? wait : undefined,
  });
}

function decoded(words) {
  try {
    return words ? decodeURIComponent(words) : "";
  } catch {
    return "";
  }
}
