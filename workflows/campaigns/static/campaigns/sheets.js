/* Comfort on a campaign's sheets: live sums, lines added and taken out without a round trip, marks that
   follow the typing. The server computes everything again; without this file all works. Needs js/forms.js. */
(() => {
  "use strict";

  // amounts are whole numbers of cents, as BigInt
  const { exact, halfUp, decimal, number, cents, product, figure, money } = window.figures;
  const write = (root, selector, text) => root.querySelectorAll(selector).forEach((place) => { if (place.textContent !== text) place.textContent = text; });
  const box = (root, name) => root.querySelector(`[name="${name}"]`);

  // --- the declaration -----------------------------------------------------------------------------
  const sheet = document.querySelector("[data-sheet]");

  const inLine = (line, name) => line.querySelector(`[name$="-${name}"]`);
  const hasContent = (line) => [...line.querySelectorAll("input:not([type=hidden]), textarea")]
    .some((input) => input.value.trim() && !(input.name.endsWith("-quantity") && input.value.trim() === "1"));

  const sum = () => {
    const shares = {};
    let lines = 0n;
    sheet.querySelectorAll(".line-budget[data-line]").forEach((line) => {
      const amount = product(inLine(line, "unit_price").value, inLine(line, "quantity").value);
      const payer = inLine(line, "payer").value;
      lines += amount;
      shares[payer] = (shares[payer] || 0n) + amount;
      write(line, "[data-amount]", money(amount));
    });
    const reserve = cents(box(sheet, "reserve").value);
    const reservePayer = box(sheet, "reserve_payer").value;
    shares[reservePayer] = (shares[reservePayer] || 0n) + reserve;
    const total = lines + reserve;
    const stated = box(sheet, "budget_total").value;
    const gap = stated.trim() ? cents(stated) - total : 0n;
    write(sheet, '[data-sum="lines"]', money(lines));
    write(sheet, '[data-sum="percent"]', total ? decimal(halfUp(reserve * 1000n, total), 1) : "0");
    write(sheet, '[data-sum="total"]', money(total));
    write(sheet, '[data-sum="difference"]', money(gap));
    sheet.querySelectorAll("[data-share]").forEach((place) => write(place.parentElement, "[data-share]", money(shares[place.dataset.share] || 0n)));
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

  const newLine = (table, number) => {
    const holder = document.createElement("template");
    holder.innerHTML = table.querySelector("template[data-line-template]").innerHTML.replaceAll("__prefix__", number);
    return holder.content.firstElementChild;
  };

  const addLine = (button) => {
    const table = button.closest("[data-table]");
    const line = newLine(table, nextNumber(table));
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

  // what was kept may have other lines than the page: as many as there were, each in its phase
  const shape = (names, fields) => {
    for (const table of sheet.querySelectorAll("[data-table]")) {
      const name = table.dataset.table;
      const wanted = [...new Set(names.flatMap((each) => each.match(new RegExp(`^${name}-(\\d+)-`))?.[1] ?? []))];
      for (const line of table.querySelectorAll("[data-line]")) if (!wanted.includes(line.dataset.line.split("-").pop())) line.remove();
      for (const number of wanted) {
        if (table.querySelector(`[data-line="${name}-${number}"]`)) continue;
        const line = newLine(table, number);
        const phase = fields.find(([each]) => each === `${name}-${number}-phase`)?.[1];
        (table.querySelector(`[data-phase="${phase}"]`) ?? table).querySelector("[data-lines]").append(line);
      }
    }
  };

  if (sheet) {
    sheet.addEventListener("kept:lines", (event) => shape(event.detail.map(([name]) => name), event.detail));
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
      let spent = 0n;
      let approved = 0n;
      report.querySelectorAll("[data-approved]").forEach((line) => {
        spent += cents(line.querySelector("input").value);
        approved += cents(line.dataset.approved);
      });
      write(report, "[data-spent]", money(spent));
      report.querySelector("[data-overspent]").hidden = spent <= approved;
    };
    report.addEventListener("input", total);
    total();
  }

  // --- the evaluation ------------------------------------------------------------------------------
  const evaluation = document.querySelector("[data-evaluation]");
  if (evaluation) {
    const total = () => {
      let points = 0n; // hundredths
      evaluation.querySelectorAll("[data-weight]").forEach((score) => {
        const given = number(score.querySelector("input").value);
        const [digits, power] = exact(score.querySelector("input").value);
        points += halfUp(digits * BigInt(score.dataset.weight), power);
        const why = score.querySelector("[data-why]");
        why.hidden = given === Number(score.dataset.computed) && !why.querySelector("textarea").value.trim() && !why.querySelector(".error");
      });
      write(evaluation, "[data-score-total]", decimal(points, 2));
    };
    evaluation.addEventListener("input", total);
    total();
  }
})();
