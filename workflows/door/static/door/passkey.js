/* A button with data-passkey asks the device: "get" for one of the passkeys named in data-options, "create" for a new one.
   The answer goes into the form's field `credential`, and the form is sent. Loaded again, it does nothing twice. */
(() => {
  "use strict";
  if (window.passkeysListen) return;
  window.passkeysListen = true;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-passkey]");
    if (!button) return;
    const told = button.parentElement.querySelector("[role=alert][hidden], .error-text");
    button.disabled = true;
    try {
      const credential = await window.webauthnJSON[button.dataset.passkey](JSON.parse(button.dataset.options));
      button.form.elements.credential.value = JSON.stringify(credential);
      button.form.submit();
    } catch {
      button.disabled = false;
      told.textContent = button.dataset.failed;
      told.hidden = false;
    }
  });
})();
