/* Ticking many at once. Without it each is ticked by itself, and the server counts.

     data-ticked        what holds boxes to be ticked
     data-ticks         a button, hidden until now: ticks every box of the nearest [data-ticked] but its own,
                        or takes the ticks out where all are ticked
     data-count         where the form says how many are ticked */
(() => {
  "use strict";

  const boxes = (root) => [...root.querySelectorAll('input[type="checkbox"]:not(:disabled)')];

  function count(form) {
    for (const place of form.querySelectorAll("[data-count]")) {
      place.textContent = boxes(form).filter((box) => box.checked).length;
    }
  }

  for (const button of document.querySelectorAll("[data-ticks]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const all = boxes(button.closest("[data-ticked]")).filter((box) => !button.parentElement.contains(box));
      const ticked = all.some((box) => !box.checked);
      for (const box of all) box.checked = ticked;
      button.form.dispatchEvent(new Event("input", { bubbles: true })); // as if somebody had ticked them
      count(button.form);
    });
  }

  document.addEventListener("change", (event) => event.target.form && count(event.target.form));
  window.addEventListener("pageshow", () => { for (const form of document.forms) count(form); }); // what the browser kept
})();
