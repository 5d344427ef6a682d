// The assistant: a question is looked at while it is typed, leaves by the gateway's own endpoints like any other request,
// and its answer is shown as it comes. What is kept stays in this browser.

import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { accepted, prepared } from "./files.js";
import { CHARTER, Failure, Gateway } from "./exchange.js";
import { History } from "./history.js";
import { Masks } from "./masks.js";
import { Scanner } from "./scanner.js";
import { away, element } from "./text.js";
import { Thread } from "./thread.js";

// Milliseconds between two showings of an answer that comes: a page that is laid out for every word stutters.
const FRAME = 60;
// Times that a text is masked and looked at again before it is given back to its author.
const PASSES = 5;
// What stands last in the choice of models, and asks the backend for all of them.
const MORE = "…";

const id = (name) => document.getElementById(name);
const room = id("assistant");
const config = JSON.parse(room.dataset.config);

const gateway = new Gateway(config.token, config.person);
const history = new History(config.person, config.history);
const announcer = new Announcer(id("annonces"));
const scanner = new Scanner((text, tool, signal) => gateway.scan(text, tool, signal), (state) => composer.show(state));

let masks = new Masks();
let conversation = fresh();
let files = [];
let editing = false;
let running = null;
let ended = Promise.resolve();

const composer = new Composer(
  { field: id("question"), behind: id("dessous"), panel: id("reperes"), list: id("reperes-liste"), status: id("reperes-etat"), all: id("tout-masquer") },
  config.words,
  { masks: () => masks, report: reportFalsePositive, others: () => conversation.turns.map((turn) => turn.text) },
);
const restore = (text) => masks.restore(text);
const thread = new Thread(id("fil"), { acts: { edit, retry, rate }, mention: config.mention, say: (words) => announcer.say(words) });

function fresh() {
  return { id: crypto.randomUUID?.() ?? String(Math.random()), title: "", at: Date.now(), turns: [] };
}

// ── The tool ────────────────────────────────────────────────────────────────────────────────────────────────────────

const tools = new Map(config.tools.map((tool) => [tool.id, tool]));
const tool = () => tools.get(id("outil").value);
const model = () => id("modele").value;

function chooseTool() {
  const chosen = tool();
  if (!chosen) return;
  offer(chosen, chosen.models);
  // Only the backend knows its models.
  if (chosen.models.length === 0) moreModels();
  id("outil-dit").textContent = `${chosen.purpose}. Données\u00a0: ${chosen.data}. Hébergement\u00a0: ${chosen.hosting}.`;
  id("motif-champ").hidden = !chosen.purposeRequired;
  id("fichier").accept = accepted(chosen.images);
  scanner.look(composer.text, chosen.id);
}

function offer(chosen, models, selected = models[0]) {
  const options = models.map((name) => element("option", { value: name, selected: name === selected }, name));
  if (models.length === 0) options.push(element("option", { value: "" }, "Choisissez un modèle"));
  if (chosen.open && models === chosen.models) options.push(element("option", { value: MORE }, "Autres modèles…"));
  id("modele").replaceChildren(...options);
  id("modele-champ").hidden = options.length < 2;
}

async function moreModels() {
  const chosen = tool();
  calm();
  try {
    const listed = await gateway.models(chosen);
    if (tool() === chosen) offer(chosen, listed.length > 0 ? listed : chosen.models, listed.find((name) => chosen.models.includes(name)));
  } catch (error) {
    // Those that are known stay, and the others may be asked for again.
    if (tool() === chosen) offer(chosen, chosen.models);
    alarm(error);
  }
}

// ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Sends what is written, once it is known what is in it. `masking`: what may not leave is masked first. */
async function send(masking = false) {
  if (running) return;
  const chosen = tool();
  const purpose = id("motif").value.trim();
  calm();
  if (!chosen) return alarm(new Failure("Aucun outil ne vous est ouvert pour le moment."));
  if (composer.text.trim() === "") {
    if (files.length > 0) alarm(new Failure("Écrivez ce que vous voulez faire de ce fichier."));
    return composer.focus();
  }
  if (chosen.purposeRequired && !purpose) {
    alarm(new Failure("Cet outil demande de dire à quoi il va servir."));
    return id("motif").focus();
  }
  if (!model() || model() === MORE) {
    alarm(new Failure("Choisissez d'abord un modèle."));
    return id("modele").focus();
  }
  await during(async () => {
    const text = await cleared(chosen, masking);
    if (text !== null) await ask(chosen, text, purpose);
  });
}

/** Does one thing at a time, which can be stopped; what goes wrong is said. */
async function during(work) {
  running = new AbortController();
  busy(true);
  composer.focus();
  ended = work().catch((error) => {
    if (error instanceof Failure) alarm(error);
    else if (error.name !== "AbortError") throw error;
  }).finally(() => {
    running = null;
    busy(false);
  });
  await ended;
}

/** The text as it may leave, or null where its author has to look at it first. */
async function cleared(chosen, masking) {
  for (let pass = 0; pass <= PASSES; pass += 1) {
    const text = composer.text;
    let spans;
    try {
      spans = await scanner.verdict(text, chosen.id);
    } catch (error) {
      if (error.name === "AbortError" && composer.text !== text) continue;
      throw error;
    }
    if (composer.text !== text) continue;
    const stopped = Composer.stopped(spans);
    if (stopped.length === 0) return text.trim();
    if (!masking || pass === PASSES) {
      const [what, how] = stopped.length === 1 ? ["une donnée ne peut pas partir", "Masquez-la"] : [`${stopped.length} données ne peuvent pas partir`, "Masquez-les"];
      alarm(new Failure(`Rien n'a été envoyé : ${what} vers cet outil. ${how}, ou reformulez.`));
      return null;
    }
    composer.mask(stopped);
  }
  return null;
}

async function ask(chosen, text, purpose) {
  const turns = editing ? conversation.turns.slice(0, lastQuestion()) : conversation.turns.slice();
  const attached = files;
  turns.push({ role: "user", text, files: attached });
  const [before, words] = [conversation.turns, composer.text];
  conversation.turns = turns;
  if (editing) thread.show(turns, restore);
  else thread.question(turns.at(-1));
  composer.text = "";
  setFiles([]);
  const edited = editing;
  editOver();
  try {
    await answer(chosen, purpose);
  } catch (error) {
    // Nothing was answered: the question goes back to its author, files and all.
    conversation.turns = before;
    thread.show(before, restore);
    if (composer.text.trim() === "") composer.text = words;
    setFiles(attached);
    if (edited) editBegins();
    throw error;
  }
}

/** Asks for the answer to the last question, and shows it as it comes. Throws where nothing came. */
async function answer(chosen, purpose) {
  const { signal } = running;
  const turn = { role: "assistant", name: chosen.name, text: "", notes: [] };
  const shown = thread.answer(turn, restore);
  shown.item.setAttribute("aria-busy", "true");
  thread.mark(true);
  announcer.say("Réponse en cours.");
  let timer = 0;
  const draw = () => {
    timer = 0;
    shown.show(masks.settled(turn.text));
    follow(shown.item);
  };
  const instruction = masks.size > 0 ? config.instruction : "";
  let told = "";
  try {
    // Of files, a conversation that was kept has the names only.
    const turns = conversation.turns.map(({ role, text, files: all }) => ({ role, text, files: all?.filter((file) => file.data) }));
    for await (const piece of gateway.ask(chosen, model(), instruction, turns, purpose, signal)) {
      if (piece.request) turn.request = piece.request;
      if (piece.reminder) turn.notes.push(piece.reminder);
      if (piece.usage) turn.usage = piece.usage;
      if (piece.cut) turn.notes.push("La réponse a atteint la longueur permise : elle n'est pas entière. Demandez la suite.");
      if (piece.withheld) turn.notes.push("L'outil n'a pas voulu répondre, ou s'est arrêté, à cause du contenu.");
      if (!piece.text) continue;
      turn.text += piece.text;
      timer ||= setTimeout(draw, FRAME);
      const settled = restore(masks.settled(turn.text));
      if (settled.startsWith(told)) announcer.add(settled.slice(told.length));
      told = settled;
    }
    if (turn.text === "") throw new Failure(turn.notes.join(" ") || "L'outil n'a rien répondu. Réessayez, ou reformulez.", { request: turn.request });
  } catch (error) {
    if (turn.text === "") throw error;
    turn.notes.push(signal.aborted ? "Vous avez arrêté la réponse : elle n'est pas entière." : error.message);
  } finally {
    clearTimeout(timer);
    shown.item.removeAttribute("aria-busy");
    if (turn.text === "") shown.item.remove();
  }
  if (!turn.text.includes(config.mention)) turn.text += `\n\n${config.mention}`;
  conversation.turns.push(turn);
  shown.end(turn);
  follow(shown.item);
  announcer.add(restore(turn.text).slice(told.length));
  announcer.say(turn.notes.length > 0 ? turn.notes.join(" ") : "Réponse terminée.");
  keep();
}

/** Stays at the end of an answer that grows, for whoever is there already. */
function follow(item) {
  // The beginning of the field stays in sight with it.
  const below = item.getBoundingClientRect().bottom + 160 - window.innerHeight;
  if (below > 0 && below < 400) window.scrollBy({ top: below });
}

function stop() {
  running?.abort();
}

async function retry() {
  if (running) return;
  calm();
  const before = conversation.turns;
  conversation.turns = before.slice(0, lastQuestion() + 1);
  thread.show(conversation.turns, restore);
  await during(async () => {
    try {
      await answer(tool(), id("motif").value.trim());
    } catch (error) {
      // The answer that was there is better than none.
      conversation.turns = before;
      thread.show(before, restore);
      throw error;
    }
  });
}

const lastQuestion = () => conversation.turns.findLastIndex((turn) => turn.role === "user");

function edit() {
  if (running) return;
  const { text, files: attached } = conversation.turns[lastQuestion()];
  composer.text = composer.text.trim() === "" ? text : `${text}\n${composer.text}`;
  setFiles((attached ?? []).filter((file) => file.data));
  editBegins();
  composer.focus();
}

function editBegins() {
  editing = true;
  id("modification").hidden = false;
}

function editOver() {
  editing = false;
  id("modification").hidden = true;
}

function busy(is) {
  id("arreter").hidden = !is;
  id("envoyer").disabled = is;
  id("tout-masquer").disabled = is;
  thread.mark(is);
}

// ── What goes wrong, said at once ───────────────────────────────────────────────────────────────────────────────────

/** Says it where a screen reader interrupts itself for it. */
function alarm(error) {
  const parts = [element("p", {}, error.message)];
  const names = (error.found ?? []).map(({ name, count }) => element("li", {}, `${config.words.classes[name] ?? name} : ${count}`));
  if (names.length > 0) parts.push(element("p", {}, "Données trouvées :"), element("ul", {}, ...names));
  if (error.wait) parts.push(element("p", {}, `Vous pourrez réessayer dans ${lasting(error.wait)}. Votre texte est gardé.`));
  if (error.rule === CHARTER) parts.push(element("p", {}, away("/charte", "Lire et accepter la charte"), ", puis revenez ici et renvoyez."));
  if (error.status === 401) parts.push(element("p", {}, away("/connexion", "Se connecter de nouveau"), ", puis revenez ici et renvoyez."));
  if (error.request) parts.push(element("p", { className: "hint" }, "N° de demande : ", element("code", {}, error.request)));
  id("alerte").replaceChildren(element("div", { className: "notice danger" }, ...parts));
}

function lasting(seconds) {
  if (seconds < 90) return seconds === 1 ? "1 seconde" : `${seconds} secondes`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} heures`;
}

const calm = () => id("alerte").replaceChildren();

// ── What goes back to the DSIUN ─────────────────────────────────────────────────────────────────────────────────────

/** Counts, without a word of the text, that the detector was wrong. */
async function reportFalsePositive(span) {
  try {
    await gateway.json("/api/false-positives", { type: span.type, class: span.class, tool: tool().id });
    return true;
  } catch (error) {
    alarm(error);
    return false;
  }
}

async function rate(turn, rating) {
  try {
    await gateway.json("/api/feedback", { request_id: turn.request, rating });
    turn.rating = rating;
    announcer.say("Merci de votre avis.");
    keep();
    return true;
  } catch (error) {
    alarm(error);
    return false;
  }
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function attach(list) {
  calm();
  for (const file of list) {
    const room = config.maxBody - files.reduce((sum, each) => sum + each.data.length, 0) - 100_000;
    try {
      setFiles([...files, await prepared(file, tool()?.images, room)]);
    } catch (error) {
      alarm(error);
    }
  }
  composer.focus();
}

function setFiles(now) {
  files = now;
  const item = (file) => element("li", {}, file.name, " ", element("button", {
    type: "button", className: "second", "aria-label": `Retirer ${file.name}`,
    onclick: () => {
      setFiles(files.filter((each) => each !== file));
      composer.focus();
    },
  }, "Retirer"));
  id("fichiers").replaceChildren(...files.map(item));
  id("fichiers").hidden = files.length === 0;
}

// ── Conversations ───────────────────────────────────────────────────────────────────────────────────────────────────

function keep() {
  conversation.at = Date.now();
  conversation.title ||= (conversation.turns[0]?.text ?? "").trim().split("\n")[0].slice(0, 60);
  const turns = conversation.turns.map(({ files: attached, ...turn }) => ({ ...turn, ...(attached?.length ? { files: attached.map(({ name }) => ({ name })) } : {}) }));
  history.keep({ ...conversation, turns });
  listConversations();
}

async function open(chosen) {
  stop();
  await ended;
  masks = new Masks();
  composer.use(() => masks);
  conversation = chosen ? { ...chosen, turns: chosen.turns.slice() } : fresh();
  editOver();
  calm();
  thread.show(conversation.turns, restore);
  listConversations();
  composer.focus();
}

/** Another tab has kept, erased, or signed out: this one does not show what is not there any more. */
function elsewhere() {
  // Whatever is in this page's memory goes with it.
  if (!history.isTheirs) return location.reload();
  if (history.isGone(conversation.id)) return open(null);
  const newer = history.get(conversation.id);
  if (newer?.at > conversation.at && !running && !editing) {
    conversation = { ...newer, turns: newer.turns.slice() };
    thread.show(conversation.turns, restore);
  }
  // A title that is being written stays.
  if (!id("conversations").querySelector("form")) listConversations();
}

function listConversations() {
  const found = history.find(id("chercher").value);
  const when = new Intl.DateTimeFormat("fr-FR", { dateStyle: "medium", timeStyle: "short" });
  const item = (each) => {
    const title = each.title || "Sans titre";
    const button = (words, label, act) => element("button", { type: "button", className: "second", "aria-label": `${label} : ${title}`, onclick: act }, words);
    const opener = element("button", { type: "button", className: "second title", onclick: () => open(each), "aria-current": each.id === conversation.id ? "true" : null }, title);
    return element("li", {}, opener, element("span", { className: "hint" }, ` ${when.format(each.at)} `),
      button("Renommer", "Renommer", (event) => rename(each, event.currentTarget.parentElement)),
      button("Supprimer", "Supprimer", () => {
        history.remove(each.id);
        if (each.id === conversation.id) open(null);
        listConversations();
        announcer.say("Conversation supprimée.");
        id("chercher").focus();
      }));
  };
  id("conversations").replaceChildren(...found.map(item));
  id("aucune").hidden = found.length > 0;
  id("historique-notice").textContent = !config.history ? "Sur cette passerelle, les conversations ne sont pas gardées : elles disparaissent avec la page."
    : history.isOn ? "Vos conversations sont gardées dans ce navigateur seulement, jamais sur la passerelle. Elles s'effacent à la déconnexion. Ce que vous avez masqué y reste masqué."
      : "Vos conversations ne sont pas gardées : elles disparaissent avec la page.";
  id("garder").checked = history.isOn;
  id("garder-champ").hidden = !config.history;
}

function rename(each, item) {
  const field = element("input", { type: "text", value: each.title, maxLength: 120, "aria-label": "Nouveau titre" });
  const form = element("form", {
    onsubmit: (event) => {
      event.preventDefault();
      history.rename(each.id, field.value);
      if (each.id === conversation.id) conversation.title = history.get(each.id).title;
      listConversations();
      id("chercher").focus();
    },
  }, field, " ", element("button", { type: "submit" }, "Enregistrer"));
  item.replaceChildren(form);
  field.select();
}

// ── Keys, buttons, drops ────────────────────────────────────────────────────────────────────────────────────────────

id("question").addEventListener("input", () => scanner.look(composer.text, tool()?.id));
id("question").addEventListener("keydown", (event) => {
  // A word that is being composed (accents, other scripts) is ended by Enter, too.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    send();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || id("effacement").open) return;
  if (running) stop();
  else if (editing) cancelEdit();
});
function cancelEdit() {
  editOver();
  composer.text = "";
  setFiles([]);
  composer.focus();
}
id("composeur").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
id("tout-masquer").addEventListener("click", () => send(true));
id("arreter").addEventListener("click", () => {
  stop();
  composer.focus();
});
id("annuler").addEventListener("click", cancelEdit);
id("outil").addEventListener("change", chooseTool);
id("modele").addEventListener("change", () => model() === MORE && moreModels());
id("nouvelle").addEventListener("click", () => open(null));
id("chercher").addEventListener("input", listConversations);
id("garder").addEventListener("change", (event) => {
  history.turn(event.target.checked);
  if (event.target.checked) keep();
  listConversations();
});
id("tout-effacer").addEventListener("click", () => {
  id("effacement").returnValue = "";
  id("effacement").showModal();
});
id("effacement").addEventListener("close", async () => {
  if (id("effacement").returnValue !== "oui") return;
  // An answer that is under way is stopped, and kept, first.
  await open(null);
  history.erase();
  listConversations();
  announcer.say("Toutes les conversations sont effacées de ce navigateur.");
});
id("joindre").addEventListener("click", () => id("fichier").click());
id("fichier").addEventListener("change", (event) => {
  attach([...event.target.files]);
  event.target.value = "";
});
id("question").addEventListener("paste", (event) => {
  // What is copied in a spreadsheet comes as text and as a picture of it: the text is what is meant.
  if (event.clipboardData.files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  attach([...event.clipboardData.files]);
});
id("redaction").addEventListener("dragover", (event) => event.preventDefault());
id("redaction").addEventListener("drop", (event) => {
  if (event.dataTransfer.files.length === 0) return;
  event.preventDefault();
  attach([...event.dataTransfer.files]);
});
// Whoever signs out leaves nothing here. The gateway's own answer clears what other pages keep, and that tells every tab.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/deconnexion") history.leave();
});
window.addEventListener("storage", elsewhere);
document.addEventListener("visibilitychange", () => document.hidden || elsewhere());

chooseTool();
listConversations();
setFiles([]);
room.hidden = false;
