/* Comfort on the sheets people fill in: figures as they are read and written, the way to what is wrong.
   A workflow's own sheets take `window.figures` from here. Without this file all works. */
(() => {
  "use strict";

  // --- figures, read and written as forms/fields.py and organisation/figures.py do -----------------
  const FIGURE = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+)(\.\d+)?(万?)$/;

  const number = (text) => {
    const plain = text.normalize("NFKC").replace(/[\s¥元_']/g, "").replaceAll("、", ",").replaceAll("。", ".");
    const found = FIGURE.exec(plain);
    if (!found) return 0;
    return Number(found[1] + found[2].replaceAll(",", "") + (found[3] || "")) * (found[4] ? 10000 : 1);
  };
  const cents = (yuan) => Math.round(yuan * 100) / 100;
  const figure = (value) => {
    const exact = cents(value);
    const digits = Number.isInteger(exact) ? 0 : 2;
    return exact.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const money = (value) => `¥${figure(value)}`;
  window.figures = { number, cents, figure, money };

  // --- every sheet ---------------------------------------------------------------------------------
  const form = document.querySelector("form.sheet");
  if (!form) return;
  // figures get their separators when one leaves the box, unless they cannot be read
  form.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("[data-figure]") && number(input.value) && !input.closest("[data-plain-figures]")) input.value = figure(number(input.value));
  });

  const open = (id) => {
    const target = document.getElementById(id);
    const part = target && target.closest("details");
    if (part) part.open = true;
    return target;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('.faults a, .contents a');
    if (!link) return;
    const target = open(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "start" });
    (target.matches("details") ? target.querySelector("summary") : target).focus({ preventScroll: true });
  });
  const faults = document.querySelector("[data-focus]");
  if (faults) faults.focus();
})();
