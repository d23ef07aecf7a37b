/* Checks a file where it lies: hashes and sizes go to the office, the file never does. Finds out what
   is wrong in the same way as documents/proof/verify.py, and must stay in step with it; the words are in the
   page. Without this file, and where the browser has no cryptography, the code and the number still work. */
(() => {
  "use strict";

  const place = document.getElementById("check-file");
  const answer = document.getElementById("check-answer");
  if (!place) return;
  if (!window.crypto?.subtle || !window.DecompressionStream) {
    document.getElementById("check-insecure").hidden = false;
    return;
  }
  place.hidden = false;

  const MOST_INFLATED = 4 << 20;
  const MOST_PARTS = 40;
  const MOST_FOUND = 100;
  const MOST_CODES = 5;
  const CODE = /(?:(Keywords[\s(>]{0,9})?\bcheck |"code": ")([2-9A-HJ-NP-Z]{12})(?![0-9A-Za-z])/g;

  // --- bytes ---------------------------------------------------------------------------------------

  const sha = async (bytes) => {
    const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", bytes));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  // one character a byte, so that places in the text are places in the file
  const textOf = (bytes) => new TextDecoder("latin1").decode(bytes);

  async function inflated(bytes) {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const pieces = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
      size += value.length;
      if (size > MOST_INFLATED) {
        await reader.cancel();
        return null;
      }
      pieces.push(value);
    }
  }

  // what the streams of a type hold; null for one that cannot be read
  async function parts(bytes, text, kind) {
    const found = [];
    const types = text.matchAll(new RegExp(`/Type\\s{0,9}/${kind}\\b`, "g"));
    for (const type of types) {
      if (found.length === MOST_PARTS) break;
      const after = type.index + type[0].length;
      const begins = /\bstream\r?\n/.exec(text.slice(after, after + 4096));
      const head = text.slice(Math.max(0, type.index - 4096), type.index);
      if (!begins || !head.includes("obj")) continue;
      const described = head.slice(head.lastIndexOf("obj")) + text.slice(type.index, after + begins.index);
      const from = after + begins.index + begins[0].length;
      const ends = text.indexOf("endstream", from);
      const to = ends < 0 ? bytes.length : ends;
      const length = /\/Length\s{1,9}(\d{1,9})(?!\d|\s{1,9}\d{1,9}\s{1,9}R)/.exec(described);
      const stated = length ? bytes.slice(from, Math.min(to, from + Number(length[1]))) : null;
      const line = /[\r\n]*$/.exec(text.slice(Math.max(from, to - 2), to))[0].length;
      const tries = [stated, bytes.slice(from, to - line), bytes.slice(from, to)].filter(Boolean);
      if (!described.includes("/Filter")) {
        found.push(tries[0]);
        continue;
      }
      let content = null;
      for (const raw of described.includes("/FlateDecode") ? tries : []) {
        content ??= await inflated(raw).catch(() => null);
      }
      found.push(content);
    }
    return found;
  }

  function endsWell(text) {
    const ending = /startxref\s{1,9}(\d{1,10})\s{1,9}%%EOF\s{0,9}$/.exec(text.slice(-1024));
    return Boolean(ending) && /^(?:xref\b|\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj\b)/.test(text.slice(Number(ending[1]), Number(ending[1]) + 40));
  }

  async function codesIn(bytes, text) {
    const found = new Set(place.dataset.known ? [place.dataset.known] : []);
    const searched = [text];
    for (const kind of ["ObjStm", "Metadata", "EmbeddedFile"]) {
      searched.push(...(await parts(bytes, text, kind)).map((part) => (part ? textOf(part) : "")));
    }
    const said = searched.flatMap((part) => [...part.matchAll(CODE)].slice(0, MOST_FOUND));
    // those among its keywords first: a title may name others
    const own = new Set([...said.filter((match) => match[1]), ...said].map((match) => match[2]));
    // the code of the page counts only for a file that has none of its own
    return own.size ? [...own].slice(0, MOST_CODES) : [...found];
  }

  async function faultsOf(bytes, text, issued) {
    if (!issued.made) return [["not_made"]];
    const faults = [];
    const size = bytes.length;
    const whole = endsWell(text);
    const cut = size < issued.size && !whole;
    const paperUnchanged = issued.unsigned_size > 0
      && (await sha(bytes.slice(0, issued.unsigned_size))) === issued.unsigned_digest;
    if (size > issued.size && (await sha(bytes.slice(0, issued.size))) === issued.digest) {
      faults.push(["appended", size - issued.size]);
    } else if (paperUnchanged && size === issued.unsigned_size) faults.push(["signature_removed"]);
    else if (cut && (paperUnchanged || size < issued.unsigned_size)) faults.push(["cut_short", issued.size - size]);
    else if (paperUnchanged) faults.push(["signature"]);
    else if (size === issued.size || !whole) faults.push(["content"]);
    else {
      faults.push(["rewritten"]);
      const hidden = (await parts(bytes, text, "ObjStm")).some((part) => part && textOf(part).includes("/ByteRange"));
      if (!hidden && !text.includes("/ByteRange")) faults.push(["signature_removed"]);
    }
    const records = await parts(bytes, text, "EmbeddedFile");
    const same = await Promise.all(records.map(async (record) => record && (await sha(record)) === issued.record_digest));
    if (!same.every(Boolean)) faults.push(["record"]);
    else if (!records.length && whole && size !== issued.size) faults.push(["record_missing"]);
    return faults;
  }

  // --- the office ------------------------------------------------------------------------------------

  class Trouble extends Error {}

  async function ask(address, part) {
    const response = await fetch(address, { headers: part ? { "HX-Request": "true" } : {} }).catch(() => {
      throw new Trouble("offline");
    });
    if (response.status === 429) throw new Trouble("slow");
    if (response.status === 404) return null;
    if (!response.ok) throw new Trouble("offline");
    return part ? response.text() : response.json();
  }

  const address = (name, code) => place.dataset[name].replace("CODE", code);

  // --- what is shown -----------------------------------------------------------------------------------

  const copy = (id) => document.getElementById(id).content.cloneNode(true);

  function show(...pieces) {
    answer.replaceChildren(...pieces);
    const words = answer.querySelector("h2");
    words?.focus({ preventScroll: true });
    answer.scrollIntoView({ block: "nearest" });
  }

  const fragment = (html) => document.createRange().createContextualFragment(html);

  function verdict(id, file, faults) {
    const page = copy(id);
    page.querySelector("[data-file-name]").textContent = file.name;
    for (const line of page.querySelectorAll("[data-fault]")) {
      const fault = faults.find(([name]) => name === line.dataset.fault);
      if (fault) line.textContent = line.textContent.replace("%(count)s", fault[1]);
      else line.remove();
    }
    return page;
  }

  async function check(file) {
    if (file.size > Number(place.dataset.most)) return show(verdict("check-unknown", file, [["too_large"]]));
    const bytes = new Uint8Array(await file.arrayBuffer().catch(() => {
      throw new Trouble("unreadable");
    }));
    const genuine = await ask(`${place.dataset.file}?digest=${await sha(bytes)}`, true);
    if (genuine) return show(fragment(genuine));
    const text = textOf(bytes);
    if (!text.slice(0, 1024).includes("%PDF-")) return show(verdict("check-unknown", file, [["not_a_pdf"]]));
    const codes = await codesIn(bytes, text);
    for (const code of codes) {
      const issued = await ask(address("sizes", code));
      if (!issued) continue;
      const faults = await faultsOf(bytes, text, issued);
      const paper = await ask(address("code", code), true);
      return show(verdict("check-altered", file, faults), fragment(paper ?? ""));
    }
    return show(verdict("check-unknown", file, [[codes.length ? "no_such_code" : "no_code"]]));
  }

  async function begin(file) {
    if (!file) return;
    show(copy("check-busy"));
    answer.setAttribute("aria-busy", "true");
    try {
      await check(file);
    } catch (failure) {
      if (!(failure instanceof Trouble)) throw failure;
      const troubles = copy("check-trouble");
      show(troubles.querySelector(`[data-trouble="${failure.message}"]`));
    } finally {
      answer.removeAttribute("aria-busy");
    }
  }

  // --- choosing and dropping ---------------------------------------------------------------------------

  document.getElementById("check-choose").addEventListener("change", async (event) => {
    const input = event.target;
    await begin(input.files[0]);
    input.value = ""; // the same file may be chosen again after it was changed
  });
  // anywhere on the page: a file that misses the field would replace the page
  for (const happening of ["dragenter", "dragover"]) {
    document.addEventListener(happening, (event) => {
      event.preventDefault();
      place.classList.add("check-over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) place.classList.remove("check-over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("check-over");
    begin(event.dataTransfer.files[0]);
  });
})();
