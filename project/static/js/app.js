/* What the pages cannot say in HTML. Without it every link and form still works; there is no pane and there are no keys.

   How a page talks to it:
     data-pane="address"      on a link: at desktop width it opens there, in #pane, instead of leaving the list
     data-key="a", "r"        the button that agrees; the one that opens the return form
     data-opens="id"          a button that opens the <dialog> with that id
     data-closes              a button that closes the dialog it is in
     data-leave               on a form: what was typed into it and not sent is not left without a question;
                              with the value "typed" something was when the page came
     data-file                on a link: a file, which leaves the page where it is
     data-looks-again         around it: what a file opened there changes; gets the event `opened`
     event `decided`          (HX-Trigger of an act) the list looks again and the next line opens
     event `stale`            (HX-Trigger of a refusal) the list looks again and stays where it is */
(() => {
  "use strict";

  const wide = window.matchMedia("(min-width: 1100px)");
  const one = (selector, root = document) => root.querySelector(selector);
  const pane = () => one("#pane");
  const links = () => [...document.querySelectorAll("#rows .item-open")];
  const linkOf = (reference) => links().find((link) => link.dataset.ref === reference);
  const lineOf = (line) => links().find((link) => link.dataset.line === line);
  const current = () => one('#rows .item-open[aria-current="true"]');

  /* --- the pane beside the list ------------------------------------------------------------------ */

  let emptyPane = "";

  function addressWith(reference) {
    const address = new URL(window.location.href);
    if (reference) address.searchParams.set("m", reference);
    else address.searchParams.delete("m");
    return address.pathname + address.search;
  }

  function mark(reference) {
    for (const link of links()) {
      if (link.dataset.ref === reference) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const chosen = one("#chosen");
    if (chosen) chosen.value = reference;
  }

  function load(address) {
    return window.htmx.ajax("GET", address, { source: "#pane", target: "#pane", swap: "innerHTML" }).then(() => {
      pane()?.scrollTo(0, 0);
    });
  }

  function open(link, { remember = true } = {}) {
    mark(link.dataset.ref);
    if (remember) window.history.pushState(null, "", addressWith(link.dataset.ref));
    link.scrollIntoView({ block: "nearest" });
    return load(link.dataset.pane);
  }

  function close() {
    mark("");
    pane().innerHTML = emptyPane;
    window.history.replaceState(null, "", addressWith(""));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pane]");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) && event.button === 0;
    if (!link || !pane() || !wide.matches || !plain) return;
    event.preventDefault();
    if (link === current() && pane().dataset.shows === link.dataset.ref) pane().focus();
    else open(link);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "pane") event.target.dataset.shows = one("#chosen")?.value ?? "";
  });

  window.addEventListener("popstate", () => {
    if (!pane()) return;
    const reference = new URL(window.location.href).searchParams.get("m") ?? "";
    const link = linkOf(reference);
    if (link && wide.matches) open(link, { remember: false });
    else close();
  });

  /* --- the list ------------------------------------------------------------------------------------ */

  let onward = null; // after a decision: the line it was made on, and those to go on with, the nearest first
  let focused = ""; // the line that had the focus when the rows were exchanged

  const lookAgain = () => one("#sift") && window.htmx.trigger(document.body, "again");

  document.addEventListener("decided", () => {
    const all = links();
    const at = all.indexOf(current());
    if (one("#rows[data-advances]") && at >= 0) {
      const others = [...all.slice(at + 1), ...all.slice(0, at).reverse()];
      onward = { from: all[at].dataset.line, to: others.map((link) => link.dataset.line) };
    }
    lookAgain();
  });
  document.addEventListener("stale", lookAgain);

  let looked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - looked > 60000) lookAgain();
  });

  // filters begin at the first page again; only `again` keeps as many pages as were shown
  for (const happening of ["input", "change"]) {
    document.addEventListener(happening, (event) => {
      if (event.target.form?.id === "sift") one("#pages").value = "1";
    }, true);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "rows") focused = document.activeElement?.dataset?.ref ?? "";
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "rows") return;
    looked = Date.now();
    const form = new FormData(one("#sift"));
    form.delete("pages");
    const query = new URLSearchParams([...form].filter(([, value]) => value)).toString();
    window.history.replaceState(null, "", window.location.pathname + (query ? `?${query}` : ""));
    // the line is still there: it was taken or given back, not decided
    const next = onward && !lineOf(onward.from) && (onward.to.map(lineOf).find(Boolean) ?? "none");
    onward = null;
    if (next === "none") close();
    else if (next && wide.matches) {
      const done = one("#pane .matter-done"); // what was decided is still said when its page has made room
      if (done) say(done.textContent, "ok");
      open(next).then(() => next.focus());
    }
    else if (focused) linkOf(focused)?.focus();
    focused = "";
  });

  document.addEventListener("click", (event) => {
    const more = event.target.closest("a[data-page]");
    if (more && one("#pages")) one("#pages").value = more.dataset.page;
  });

  // "already decided", "not yours": said where the matter was, not in the corner of the form that asked
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Retarget")) return; // it says itself where it belongs
    const place = [403, 409].includes(event.detail.xhr.status) && event.detail.target.closest("#matter, #pane");
    if (place) Object.assign(event.detail, { target: place, swapOverride: "innerHTML show:top" });
  });

  /* --- keys ------------------------------------------------------------------------------------------ */

  const KEYS_OFF = "keys-off";
  const typing = (element) => element.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

  function step(by) {
    const all = links();
    if (!all.length) return;
    const from = all.indexOf(document.activeElement);
    const at = from >= 0 ? from + by : Math.max(0, all.indexOf(current()));
    const link = all[Math.min(Math.max(at, 0), all.length - 1)];
    link.focus({ preventScroll: true });
    link.closest(".item").scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const button = one(`#pane [data-key="${key}"]`) ?? one(`#main [data-key="${key}"]`);
    if (!button) return;
    button.scrollIntoView({ block: "nearest" });
    // a decision takes two: the first press shows what the second would do
    if (key === "a" && document.activeElement !== button) button.focus();
    else button.click();
  }

  const actions = {
    j: () => step(1),
    k: () => step(-1),
    a: () => press("a"),
    r: () => press("r"),
    "/": () => one("#q")?.select(),
    "?": () => one("#keys")?.showModal(),
    Escape: () => (current() ?? links()[0])?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (one("dialog[open], [popover]:popover-open")) return;
    if (event.key === "Escape" ? !pane() : typing(event.target) || localStorage.getItem(KEYS_OFF)) return;
    const act = actions[event.key];
    if (!act) return;
    if (event.key !== "Escape") event.preventDefault();
    act();
  });

  /* --- dialogs, and what went wrong on the way -------------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) one(`#${opener.dataset.opens}`)?.showModal();
    else if (event.target.closest("[data-closes]") || event.target.matches("dialog")) event.target.closest("dialog")?.close();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id !== "keys-on") return;
    if (event.target.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });

  const SECONDS_SHOWN = 6;
  let hiding = 0;

  function say(words, tone) {
    const place = one(".messages");
    const notice = document.createElement("p");
    notice.className = `notice ${tone}`;
    notice.textContent = words;
    place.hidden = false;
    place.replaceChildren(notice);
    window.clearTimeout(hiding);
    if (tone === "ok") hiding = window.setTimeout(() => { place.hidden = true; }, SECONDS_SHOWN * 1000);
  }
  document.addEventListener("htmx:responseError", () => say(document.body.dataset.failed, "error"));
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline, "error"));

  /* --- a file was opened --------------------------------------------------------------------------------- */

  for (const press of ["click", "auxclick"]) {
    document.addEventListener(press, (event) => {
      const line = event.target.closest("[data-file]")?.closest("[data-looks-again]");
      if (line) window.htmx.trigger(line, "opened");
    });
  }

  /* --- what was typed and not sent ----------------------------------------------------------------------- */

  // a page that refuses shows what was typed
  let typed = performance.getEntriesByType("navigation")[0]?.responseStatus === 422 || Boolean(one('form[data-leave="typed"]'));
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-leave]")) typed = true; });
  document.addEventListener("submit", (event) => { if (event.target.matches("form[data-leave]")) typed = false; });
  window.addEventListener("beforeunload", (event) => { if (typed && one("form[data-leave]")) event.preventDefault(); });

  /* --- when the page is there --------------------------------------------------------------------------- */

  document.addEventListener("DOMContentLoaded", () => {
    const keysOn = one("#keys-on");
    if (keysOn) keysOn.checked = !localStorage.getItem(KEYS_OFF);
    for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
      tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.firstElementChild.offsetLeft; // on a phone they do not all fit
    }
    if (!pane()) return;
    emptyPane = pane().innerHTML;
    if (pane().dataset.pane && wide.matches) load(pane().dataset.pane);
  });
})();
