/* Nothing typed is lost. What is typed into a form that is sent by POST is kept on this device while one types, and
   comes back to the same person, in the same form, until the office has said that it arrived. Before a form is sent
   the office is asked who is inside: is it nobody, one enters in place; does the office not answer, it is said.

   Kept is everything but passwords and files. It lies in localStorage, under a name that tells nothing and sealed
   with a key that the office gives to nobody else; where the browser has no cryptography (plain HTTP), in the
   sessionStorage of this one tab, and whoever enters next wipes it. See docs/adr/0024.

   How a page talks to it:
     #kept                    whose page it is, where the office is asked, and every word that is said here
     data-kept="name"         on a form: what it is called; without it, by its address
     data-straight            on a form: leave it alone
     data-rewrites            on a form that holds the text itself: what comes back is bound to the text it was typed upon
     data-apart               on a button: it does not take what was typed
     data-kept-note           in a form: where it is said that it is kept; without it, at its end
     event `kept:lines`       on a form before it is filled: `detail` is what it will be filled with: [name, value]
     event `stale-token`      (HX-Trigger of a refusal) the token was another session's */
(() => {
  "use strict";

  const house = document.getElementById("kept");
  const PREFIX = "kept:";
  const MOST_DAYS = 14;
  const WAIT_MS = 400; // after the last key
  const PATIENCE_MS = 10000; // for an answer of the office
  const subtle = window.crypto?.subtle; // only over HTTPS, or on this machine
  const shelf = (() => {
    try {
      const found = subtle ? window.localStorage : window.sessionStorage;
      found.setItem(`${PREFIX}?`, "");
      found.removeItem(`${PREFIX}?`);
      return found;
    } catch { return null; }
  })();
  if (!house || !shelf) return;

  const person = house.dataset.person;
  const mine = `${PREFIX}${person}:`;
  const navigation = performance.getEntriesByType("navigation")[0];

  // --- the shelf: "when|key of the form if it was sent|sealed" ------------------------------------------
  const names = () => Array.from({ length: shelf.length }, (_none, n) => shelf.key(n)).filter((name) => name.startsWith(PREFIX));
  for (const name of names()) {
    const old = Date.now() - Number(shelf.getItem(name).split("|", 1)[0]) > MOST_DAYS * 86400000;
    if (old || (!subtle && !name.startsWith(mine))) shelf.removeItem(name);
  }

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const text64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
  const random = () => Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const key = subtle && subtle.importKey("raw", bytes(house.dataset.seal), "AES-GCM", false, ["encrypt", "decrypt"]);

  async function seal(entry) {
    const plain = JSON.stringify(entry);
    if (!subtle) return plain;
    const iv = window.crypto.getRandomValues(new Uint8Array(12));
    return `${text64(iv)}.${text64(await subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(plain)))}`;
  }
  async function unseal(text) {
    try {
      if (!subtle) return JSON.parse(text);
      const [iv, sealed] = text.split(".").map(bytes);
      return JSON.parse(new TextDecoder().decode(await subtle.decrypt({ name: "AES-GCM", iv }, await key, sealed)));
    } catch { return null; } // another key than ours
  }
  async function named(form) {
    const name = form.dataset.kept || new URL(form.getAttribute("action") || "", window.location.href).pathname;
    if (!subtle) return encodeURIComponent(name);
    const digest = await subtle.digest("SHA-256", new TextEncoder().encode(`${house.dataset.seal} ${name}`));
    return text64(digest).slice(0, 22);
  }

  // --- what is typed in a form ----------------------------------------------------------------------------
  const UNKEPT = new Set(["password", "file", "submit", "button", "image", "reset"]);
  const SECRET = '[autocomplete^="one-time"], [autocomplete$="password"]';
  const boxes = (form) => [...form.elements].filter((box) => box.name && !UNKEPT.has(box.type) && !box.matches(SECRET)
    && (box.type !== "hidden" || box.closest("[data-line]")));
  const checkable = (box) => box.type === "checkbox" || box.type === "radio";
  const read = (form) => boxes(form).map((box) => {
    if (checkable(box)) return [box.name, box.value, box.checked];
    return [box.name, box.multiple ? [...box.selectedOptions].map((option) => option.value) : box.value];
  });
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const hidden = (form, name) => form.elements.namedItem(name)?.value ?? "";
  const files = (form) => [...form.elements].filter((box) => box.type === "file").flatMap((box) => [...box.files].map((file) => file.name));
  const posts = (form) => form.method === "post" && !form.closest("[data-straight]") && !form.matches("#changelist-form") && hidden(form, "csrfmiddlewaretoken");

  function fill(form, fields) {
    form.dispatchEvent(new CustomEvent("kept:lines", { detail: fields }));
    const free = boxes(form);
    for (const [name, value, checked] of fields) {
      const at = free.findIndex((box) => box.name === name && (checked === undefined ? !checkable(box) : box.value === value));
      if (at < 0) continue;
      const [box] = free.splice(at, 1);
      if (checked !== undefined) box.checked = checked;
      else if (box.multiple) for (const option of box.options) option.selected = value.includes(option.value);
      else box.value = value;
    }
  }

  // --- every form of the page -----------------------------------------------------------------------------
  const known = new Map(); // form → {slot, base, at, …}
  const time = (at) => new Date(at).toLocaleString(document.documentElement.lang || undefined,
    { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(Date.now() - at > 43200000 ? { month: "numeric", day: "numeric" } : {}) });
  const words = (name, ...given) => given.reduce((text, value) => text.replace("#", value), house.dataset[name]);

  function say(form, name, text, tone = "") {
    const state = known.get(form);
    let note = state.notes[name];
    if (!note?.isConnected) {
      note = document.createElement("p");
      note.className = `kept-note kept-${name}`;
      note.setAttribute("role", name === "kept" ? "note" : "status");
      state.notes[name] = note;
      const place = form.querySelector("[data-kept-note]");
      if (name !== "kept") form.prepend(note);
      else if (place) place.append(note);
      else form.append(note);
    }
    note.className = `kept-note kept-${name} ${tone}`;
    note.replaceChildren(text);
    return note;
  }
  const hush = (form, ...several) => { for (const name of several) known.get(form)?.notes[name]?.remove(); };

  /* A form open in two tabs is kept twice, each under a lock that its tab holds. */
  async function take(form, found) {
    const locks = (await navigator.locks?.query())?.held.map((lock) => lock.name) ?? [];
    const elsewhere = (slot) => {
      const here = [...known].filter(([, state]) => state.slot === slot);
      return here.length ? here.some(([other]) => other.isConnected && other !== form) : locks.includes(slot);
    };
    return found.filter((slot) => !elsewhere(slot));
  }
  async function lookFor(form, name) {
    const found = names().filter((slot) => slot.startsWith(`${mine}${name}:`)).sort((one, other) => Number(shelf.getItem(other).split("|", 1)[0]) - Number(shelf.getItem(one).split("|", 1)[0]));
    let free = await take(form, found);
    if (found.length && !free.length) { // the page before this one may not have let go yet
      await new Promise((go) => { window.setTimeout(go, 300); });
      free = await take(form, found);
    }
    for (const slot of free) {
      const [at, sent, sealed] = (shelf.getItem(slot) ?? "").split("|");
      const entry = sealed && await unseal(sealed);
      if (entry) return { slot, at: Number(at), sent, ...entry };
    }
    return null;
  }

  async function adopt(form, answered) {
    if (known.has(form) || !posts(form) || !boxes(form).length) return;
    const state = { slot: "", base: read(form), notes: {}, timer: 0, sent: "" };
    known.set(form, state);
    const name = await named(form);
    const found = await lookFor(form, name);
    state.slot = found?.slot ?? `${mine}${name}:${random()}`;
    navigator.locks?.request(state.slot, { ifAvailable: true }, (lock) => lock && new Promise(() => {}));
    if (answered) { // the answer shows what was typed
      state.base = [];
      if (found) await keep(form);
    } else if (found && !same(found.fields, state.base)) {
      const done = found.sent && await ask([found.sent]).then((now) => now.done, () => []);
      if (done && done.includes(found.sent)) drop(form); // by another form, which carried it on
      else comeBack(form, found);
    }
  }

  function comeBack(form, found) {
    const state = known.get(form);
    const fresh = read(form);
    const written = form.elements.namedItem("written");
    const shown = written?.value;
    state.filling = true;
    fill(form, found.fields);
    if (form.matches("[data-rewrites]") && written && found.written) written.value = found.written;
    if (found.sent && form.elements.namedItem("key")) form.elements.namedItem("key").value = state.sent = found.sent;
    form.dispatchEvent(new Event("input", { bubbles: true })); // as if somebody had typed
    state.filling = false;
    const note = say(form, "back", words(found.sent ? "unanswered" : "back", time(found.at)), "warn");
    if (found.files?.length) note.append(" ", words("files", found.files.join(house.dataset.comma)));
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "button small";
    discard.textContent = house.dataset.discard;
    discard.addEventListener("click", () => {
      fill(form, fresh);
      if (written) written.value = shown;
      drop(form);
      form.dispatchEvent(new Event("input", { bubbles: true }));
      boxes(form).find((box) => box.type !== "hidden")?.focus();
    });
    note.append(" ", discard);
  }

  async function keep(form, sent = "") {
    const state = known.get(form);
    if (!state?.slot) return;
    window.clearTimeout(state.timer);
    state.timer = 0;
    const fields = read(form);
    if (same(fields, state.base) && !sent) { drop(form); return; }
    const at = Date.now();
    const sealed = await seal({ fields, files: files(form), written: hidden(form, "written") });
    try {
      shelf.setItem(state.slot, `${at}|${sent}|${sealed}`);
      say(form, "kept", words("kept", time(at)));
    } catch { say(form, "kept", house.dataset.full, "warn"); }
  }

  function drop(form) {
    const state = known.get(form);
    if (!state) return;
    window.clearTimeout(state.timer);
    state.timer = 0;
    shelf.removeItem(state.slot);
    hush(form, "kept", "back", "unsent");
  }

  for (const happening of ["input", "change"]) {
    document.addEventListener(happening, (event) => {
      const form = event.target.form ?? (event.target.matches("form") ? event.target : null);
      const state = known.get(form);
      if (!state || state.filling || event.target.matches(SECRET) || event.target.type === "password") return;
      const sent = form.elements.namedItem("key");
      if (state.sent && sent && sent.value === state.sent) sent.value = random(); // other words: another form
      state.sent = "";
      window.clearTimeout(state.timer);
      state.timer = window.setTimeout(() => keep(form), WAIT_MS);
    });
  }
  const keepNow = () => { for (const [form, state] of known) if (state.timer) keep(form); };
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keepNow(); });

  // --- whether the office is there, and who is inside --------------------------------------------------------
  async function ask(keys = []) {
    const query = keys.map((one) => `key=${encodeURIComponent(one)}`).join("&");
    const answer = await fetch(`${house.dataset.still}?${query}`, { cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  function freshen(token) {
    for (const box of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) box.value = token;
    if (document.body.hasAttribute("hx-headers")) document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  }

  const busy = new WeakSet();
  async function send(form, go, takes) {
    if (busy.has(form)) return;
    busy.add(form);
    try {
      if (takes) await keep(form, known.get(form)?.sent ?? "");
      if (!(await inside(form))) return;
      hush(form, "unsent");
      const state = known.get(form);
      if (takes && state?.slot && !same(read(form), state.base)) {
        state.sent = hidden(form, "key") || "-";
        await keep(form, state.sent);
      }
      go();
    } finally { busy.delete(form); }
  }

  async function inside(form) {
    for (;;) {
      let now;
      try { now = await ask(); } catch { unsent(form, house.dataset.unreachable); return false; }
      if (now.person === person) { freshen(now.token); return true; }
      if (now.person) { unsent(form, words("other", now.name)); return false; }
      if (!(await enterAgain(now.token))) { unsent(form, house.dataset.outside); return false; }
    }
  }

  function unsent(form, text) {
    if (known.has(form)) say(form, "unsent", text, "error").scrollIntoView({ block: "nearest" });
    else window.alert(text);
  }

  // --- entering again in place ---------------------------------------------------------------------------------
  const dialog = document.getElementById("again");

  function enterAgain(token) {
    const form = dialog.querySelector("form");
    const fault = dialog.querySelector("[data-fault]");
    const tell = (text) => { fault.textContent = text; fault.hidden = !text; };
    tell("");
    form.reset();
    dialog.showModal();
    return new Promise((entered) => {
      const look = async () => {
        try {
          const now = await ask();
          token = now.token;
          if (now.person === person) dialog.close("entered");
          else if (now.person) tell(words("other", now.name));
          return Boolean(now.person);
        } catch { tell(house.dataset.unreachable); return true; }
      };
      const submit = async (event) => {
        event.preventDefault();
        tell("");
        const body = new URLSearchParams(new FormData(form, event.submitter));
        body.set("csrfmiddlewaretoken", token);
        try {
          const address = event.submitter?.getAttribute("formaction") || form.getAttribute("action");
          const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
          if (answer.type === "opaqueredirect") { if (!(await look())) tell(house.dataset.further); return; }
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          tell(page.querySelector("#door-error, .error")?.textContent.trim() || house.dataset.unreachable);
          await ask().then((now) => { token = now.token; });
        } catch { tell(house.dataset.unreachable); }
        form.querySelector("[type=password]")?.select();
      };
      const back = () => { if (document.visibilityState === "visible") look(); };
      form.addEventListener("submit", submit);
      dialog.querySelector("[data-closes]").addEventListener("click", () => dialog.close());
      document.addEventListener("visibilitychange", back);
      dialog.addEventListener("close", () => {
        form.removeEventListener("submit", submit);
        document.removeEventListener("visibilitychange", back);
        form.reset();
        entered(dialog.returnValue === "entered");
        dialog.returnValue = "";
      }, { once: true });
    });
  }

  // --- sending ----------------------------------------------------------------------------------------------------
  const passed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (passed.delete(form) || !posts(form) || form.hasAttribute("hx-post") || event.submitter?.hasAttribute("hx-post")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    const again = () => { passed.add(form); if (submitter) form.requestSubmit(submitter); else form.requestSubmit(); };
    send(form, again, !submitter?.hasAttribute("data-apart"));
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const form = event.detail.elt.closest("form");
    if (event.detail.verb !== "post" || !form || !posts(form)) return;
    event.preventDefault();
    send(form, () => event.detail.issueRequest(true), !event.detail.elt.hasAttribute("data-apart"));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    const form = elt.closest("form");
    if (requestConfig?.verb !== "post" || !known.has(form) || elt.hasAttribute("data-apart")) return;
    if (xhr.status >= 200 && xhr.status < 300 && !xhr.getResponseHeader("HX-Redirect")) drop(form);
    else if (!xhr.status || xhr.status >= 500) unsent(form, house.dataset.unreachable);
  });
  document.addEventListener("stale-token", async (event) => {
    const form = event.target.closest?.("form");
    if (form && await inside(form)) unsent(form, house.dataset.stale);
  });

  // --- beginning ----------------------------------------------------------------------------------------------------
  /* What was sent is forgotten when the office says that it is done; a form without a key, when it has led to another page. */
  async function forget() {
    const sent = names().filter((name) => name.startsWith(mine)).map((name) => [name, shelf.getItem(name).split("|")[1]]).filter(([, one]) => one);
    if (!sent.length) return;
    const led = navigation?.redirectCount > 0 && navigation.type === "navigate" && !(navigation.responseStatus >= 400);
    const done = await ask(sent.map(([, one]) => one)).then((now) => now.done, () => []);
    for (const [name, one] of sent) if (done.includes(one) || (one === "-" && led)) shelf.removeItem(name);
  }

  const all = (answered) => Promise.all([...document.forms].map((form) => adopt(form, answered)));
  let status = 200;
  document.addEventListener("htmx:beforeSwap", (event) => { status = event.detail.xhr.status; });
  document.addEventListener("htmx:afterSettle", () => {
    all(status >= 400);
  });
  forget().then(() => all(navigation?.responseStatus >= 400 || Boolean(document.querySelector('form[data-leave="typed"]'))));
})();
