// A region's box ticks the boxes of its stores, and follows them. Without this script the office understands the box itself.
"use strict";

for (const region of document.querySelectorAll("[data-region]")) {
  const whole = region.querySelector("[data-whole]");
  const stores = [...region.querySelectorAll("li input")];
  const follow = () => {
    const ticked = stores.filter((box) => box.checked).length;
    whole.checked = ticked === stores.length;
    whole.indeterminate = ticked > 0 && ticked < stores.length;
  };
  whole.addEventListener("change", () => {
    for (const box of stores) {
      box.checked = whole.checked;
    }
  });
  for (const box of stores) {
    box.addEventListener("change", follow);
  }
  follow();
}
