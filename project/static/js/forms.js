/* Comfort on the sheets people fill in: figures as they are read and written, the way to what is wrong.
   A workflow's own sheets take `window.figures` from here. Without this file all works. */
(() => {
  "use strict";

  // --- figures, read and written as forms/fields.py and organisation/figures.py do -----------------
  const FIGURE = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+)(\.\d+)?(万?)$/;

  // No sum is made of binary fractions: 8.165 is less than 8.165 there, and its half is lost. A figure is
  // a whole number and the power of ten it is to be divided by, an amount is a whole number of cents.
  const exact = (text) => {
    const plain = text.normalize("NFKC").replace(/[\s¥元_']/g, "").replaceAll("、", ",").replaceAll("。", ".");
    const found = FIGURE.exec(plain);
    if (!found) return [0n, 1n];
    const decimals = (found[3] || ".").slice(1);
    const digits = BigInt(found[2].replaceAll(",", "") + decimals) * (found[4] ? 10000n : 1n);
    return [found[1] === "-" ? -digits : digits, 10n ** BigInt(decimals.length)];
  };
  const halfUp = (parts, whole) => (parts < 0n ? -halfUp(-parts, whole) : (2n * parts + whole) / (2n * whole));
  const number = (text) => { const [digits, power] = exact(text); return Number(digits) / Number(power); };
  const cents = (text) => { const [digits, power] = exact(text); return halfUp(digits * 100n, power); };
  const product = (one, other) => {
    const [first, firstPower] = exact(one);
    const [second, secondPower] = exact(other);
    return halfUp(first * second * 100n, firstPower * secondPower);
  };
  // 123456 of 2 decimals: "1234.56"; grouped "1,234.56"
  const decimal = (whole, places, grouped = false) => {
    const digits = String(whole < 0n ? -whole : whole).padStart(places + 1, "0");
    const front = BigInt(digits.slice(0, digits.length - places));
    const decimals = places ? `.${digits.slice(-places)}` : "";
    return (whole < 0n ? "-" : "") + (grouped ? front.toLocaleString("en-US") : front) + decimals;
  };
  const figure = (amount) => (amount % 100n ? decimal(amount, 2, true) : decimal(amount / 100n, 0, true));
  const money = (amount) => `¥${figure(amount)}`;
  // what somebody typed, with separators and nothing taken away: a third decimal is for the server to refuse
  const tidy = (text) => {
    const [digits, power] = exact(text);
    const places = String(power).length - 1;
    const kept = places > 2 ? decimal(digits, places, true).replace(/(\.\d\d\d*?)0+$/, "$1") : figure(cents(text));
    return kept.endsWith(".00") ? kept.slice(0, -3) : kept;
  };
  window.figures = { exact, halfUp, decimal, number, cents, product, figure, money };

  // --- every sheet ---------------------------------------------------------------------------------
  const form = document.querySelector("form.sheet");
  if (!form) return;
  // figures get their separators when one leaves the box, unless they cannot be read
  form.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("[data-figure]") && number(input.value) && !input.closest("[data-plain-figures]")) input.value = tidy(input.value);
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
