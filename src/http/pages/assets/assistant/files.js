// Files that go with a question. The gateway reads them before they leave, and refuses what it cannot read; here only what
// is sure to be refused is told at once.

import { digits } from "./text.js";

const TYPES = {
  txt: "text/plain", md: "text/markdown", csv: "text/csv", json: "application/json", html: "text/html", xml: "application/xml",
  rtf: "application/rtf", eml: "message/rfc822", pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt: "application/vnd.oasis.opendocument.text", ods: "application/vnd.oasis.opendocument.spreadsheet",
  odp: "application/vnd.oasis.opendocument.presentation",
};
const IMAGES = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp", gif: "image/gif" };

const known = (images) => (images ? { ...TYPES, ...IMAGES } : TYPES);

/** The value of `accept` of the chooser of files. */
export function accepted(images) {
  return Object.keys(known(images)).map((extension) => `.${extension}`).join(",");
}

/** A file as it is sent, or an `Error` with French words. `most`: bytes that one question may have. */
export async function prepared(file, images, most) {
  const extension = file.name.split(".").at(-1).toLowerCase();
  const type = known(images)[extension];
  if (!type) {
    if (extension in IMAGES) throw new Error(`« ${file.name} » est une image : la passerelle ne peut pas la relire pour cet outil. Recopiez-en le texte utile.`);
    throw new Error(`« ${file.name} » n'est pas d'un format accepté : texte, CSV, PDF, Word, Excel, PowerPoint ou LibreOffice.`);
  }
  // Base64 takes four thirds.
  if ((file.size * 4) / 3 > most) {
    throw new Error(`« ${file.name} » est trop volumineux : ${digits(file.size / 1e6)} Mo, pour ${digits((most * 3) / 4e6)} Mo au plus.`);
  }
  if (file.size === 0) throw new Error(`« ${file.name} » est vide.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  let letters = "";
  for (let at = 0; at < bytes.length; at += 0x8000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, type, data: btoa(letters), size: file.size };
}
