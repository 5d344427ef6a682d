// A document that is being written: looks every second how far it is, and shows the page anew once it is over.
// Without this script the page has a link that does the same.
const step = document.getElementById("etape");
const bar = document.getElementById("avancement");
const look = async () => {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("avancement");
  if (!now || now.value >= 100) {
    location.reload();
    return;
  }
  bar.value = now.value;
  const words = page.getElementById("etape").textContent;
  if (step.textContent !== words) step.textContent = words;
  setTimeout(look, 1000);
};
setTimeout(look, 1000);
