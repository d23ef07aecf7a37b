/* Comfort on a campaign's sheets: live sums, lines added and taken out without a round trip, marks that
   follow the typing. The server computes everything again; without this file all works. Needs js/forms.js. */
(() => {
  "use strict";

  const { number, cents, figure, money } = window.figures;
  const write = (root, selector, text) => root.querySelectorAll(selector).forEach((place) => { if (place.textContent !== text) place.textContent = text; });
  const box = (root, name) => root.querySelector(`[name="${name}"]`);

  // --- the declaration -----------------------------------------------------------------------------
  const sheet = document.querySelector("[data-sheet]");

  const inLine = (line, name) => line.querySelector(`[name$="-${name}"]`);
  const hasContent = (line) => [...line.querySelectorAll("input:not([type=hidden]), textarea")]
    .some((input) => input.value.trim() && !(input.name.endsWith("-quantity") && input.value.trim() === "1"));

  const sum = () => {
    const shares = {};
    let lines = 0;
    sheet.querySelectorAll(".line-budget[data-line]").forEach((line) => {
      const amount = cents(number(inLine(line, "unit_price").value) * number(inLine(line, "quantity").value));
      const payer = inLine(line, "payer").value;
      lines += amount;
      shares[payer] = (shares[payer] || 0) + amount;
      write(line, "[data-amount]", money(amount));
    });
    const reserve = number(box(sheet, "reserve").value);
    const reservePayer = box(sheet, "reserve_payer").value;
    shares[reservePayer] = (shares[reservePayer] || 0) + reserve;
    const total = cents(lines + reserve);
    const stated = box(sheet, "budget_total").value;
    const gap = stated.trim() ? cents(number(stated) - total) : 0;
    write(sheet, '[data-sum="lines"]', money(lines));
    write(sheet, '[data-sum="percent"]', total ? (reserve * 100 / total).toFixed(1) : "0");
    write(sheet, '[data-sum="total"]', money(total));
    write(sheet, '[data-sum="difference"]', money(gap));
    sheet.querySelectorAll("[data-share]").forEach((place) => write(place.parentElement, "[data-share]", money(shares[place.dataset.share] || 0)));
    sheet.querySelector("[data-difference]").hidden = !gap;
    return total;
  };

  const daysUntil = (day) => (Date.parse(day) - Date.parse(sheet.dataset.today)) / 86400000;

  const warn = () => {
    if (!sheet.dataset.today) return;
    const start = box(sheet, "starts_on").value;
    const reason = sheet.querySelector("[data-urgent]");
    const lead = Number(sheet.dataset.leadDays);
    const urgent = Boolean(sheet.dataset.leadDays && start && daysUntil(start) < lead);
    reason.hidden = !urgent && !reason.querySelector("textarea").value.trim() && !reason.querySelector(".error");
    const permit = sheet.querySelector("[data-permit]");
    const limit = Number(sheet.dataset.permitAttendance);
    const crowd = number(box(sheet, "attendance").value);
    // what the server warned of stands above the form until the facts it was about are typed anew
    permit.hidden = Boolean(document.querySelector("[data-warnings]")) || !(sheet.dataset.permitAttendance && crowd >= limit && !Number.isNaN(Date.parse(start)));
    if (!permit.hidden) {
      const by = new Date(Date.parse(start) - Number(sheet.dataset.permitDays) * 86400000);
      write(permit.parentElement, "[data-permit]", permit.dataset.permit.replace("#", by.toISOString().slice(0, 10)));
    }
  };

  const mark = () => {
    sheet.querySelectorAll("[data-part]").forEach((part) => {
      const empty = [...part.querySelectorAll("[data-needed]:not([type=checkbox])")].filter((input) => !input.value.trim()).length;
      const unpicked = [...part.querySelectorAll("[data-needed-picks]")].filter((group) => !group.querySelector(":checked")).length;
      const bare = [...part.querySelectorAll("[data-needed-lines]")].filter((table) => ![...table.querySelectorAll("[data-line]")].some(hasContent)).length;
      const missing = empty + unpicked + bare;
      if ("faulty" in part.dataset) return;
      document.querySelectorAll(`#${part.id} [data-mark], a[href="#${part.id}"] + [data-mark]`).forEach((place) => {
        place.textContent = missing ? sheet.dataset.left.replace("#", missing) : sheet.dataset.done;
        place.classList.toggle("ok", !missing);
      });
    });
  };

  const refresh = () => { sum(); warn(); mark(); };

  const nextNumber = (table) => 1 + Math.max(-1, ...[...table.querySelectorAll("[data-line]")].map((line) => Number(line.dataset.line.split("-").pop())));

  const addLine = (button) => {
    const table = button.closest("[data-table]");
    const holder = document.createElement("template");
    holder.innerHTML = table.querySelector("template[data-line-template]").innerHTML.replaceAll("__prefix__", nextNumber(table));
    const line = holder.content.firstElementChild;
    const phase = button.closest("[data-phase]");
    if (phase) inLine(line, "phase").value = phase.dataset.phase;
    (phase || table).querySelector("[data-lines]").append(line);
    line.querySelector("input:not([type=hidden])").focus();
    refresh();
  };

  const removeLine = (button) => {
    const line = button.closest("[data-line]");
    const add = (line.closest("[data-phase]") || line.closest("[data-table]")).querySelector("[data-add]");
    line.remove();
    add.focus();
    refresh();
  };

  if (sheet) {
    const touch = () => sheet.dispatchEvent(new Event("input", { bubbles: true })); // as if somebody had typed
    sheet.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if ("add" in button.dataset) { event.preventDefault(); addLine(button); touch(); }
      if ("remove" in button.dataset) { event.preventDefault(); removeLine(button); touch(); }
      if ("takeSum" in button.dataset) { event.preventDefault(); box(sheet, "budget_total").value = figure(sum()); touch(); }
    });
    sheet.addEventListener("input", (event) => {
      if (event.target.matches('[name="starts_on"], [name="attendance"]')) document.querySelector("[data-warnings]")?.remove();
      refresh();
    });
    // on a desk everything is open at once; on a phone one part at a time
    if (window.matchMedia("(min-width: 900px)").matches) sheet.querySelectorAll("[data-part]").forEach((part) => { part.open = true; });
    refresh();
  }

  // --- the report ----------------------------------------------------------------------------------
  const report = document.querySelector("[data-report]");
  if (report) {
    const total = () => {
      let spent = 0;
      let approved = 0;
      report.querySelectorAll("[data-approved]").forEach((line) => {
        spent += number(line.querySelector("input").value);
        approved += Number(line.dataset.approved);
      });
      write(report, "[data-spent]", money(spent));
      report.querySelector("[data-overspent]").hidden = cents(spent) <= cents(approved);
    };
    report.addEventListener("input", total);
    total();
  }

  // --- the evaluation ------------------------------------------------------------------------------
  const evaluation = document.querySelector("[data-evaluation]");
  if (evaluation) {
    const total = () => {
      let points = 0;
      evaluation.querySelectorAll("[data-weight]").forEach((score) => {
        const given = number(score.querySelector("input").value);
        points += Math.round(given * Number(score.dataset.weight)) / 100;
        const why = score.querySelector("[data-why]");
        why.hidden = given === Number(score.dataset.computed) && !why.querySelector("textarea").value.trim() && !why.querySelector(".error");
      });
      write(evaluation, "[data-score-total]", points.toFixed(2));
    };
    evaluation.addEventListener("input", total);
    total();
  }
})();
