// Copies an answer as a word processor wants it (HTML) and as everything else does (text), the mention with it: what is
// pasted into a letter says that an AI helped (charter, rules 5 and 6).

/** Copies text, and the same as HTML where there is some. Whether it was copied. */
export async function copy(text, html) {
  try {
    if (!html) await navigator.clipboard.writeText(text);
    else {
      const forms = { "text/plain": text, "text/html": html };
      const item = Object.fromEntries(Object.entries(forms).map(([type, form]) => [type, new Blob([form], { type })]));
      await navigator.clipboard.write([new ClipboardItem(item)]);
    }
    return true;
  } catch {
    return byCommand(text, html);
  }
}

/** The older way, for browsers that ask for a permission and are refused it. */
function byCommand(text, html) {
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    if (html) event.clipboardData.setData("text/html", html);
    event.preventDefault();
  };
  document.addEventListener("copy", put, { once: true });
  const done = document.execCommand("copy");
  document.removeEventListener("copy", put);
  return done;
}

/** The HTML of a shown answer, without the buttons that stand in it. */
export function htmlOf(shown) {
  const copied = shown.cloneNode(true);
  for (const button of copied.querySelectorAll("button")) button.remove();
  for (const each of copied.querySelectorAll("[class], [tabindex], [role], [aria-label], [title]")) {
    for (const name of ["class", "tabindex", "role", "aria-label", "title"]) each.removeAttribute(name);
  }
  return copied.innerHTML;
}
