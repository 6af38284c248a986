// Forms of payments: a typed amount and a suggested one exclude each other; the form for the bank is posted by itself, once.
(function () {
  "use strict";

  function typed(input) {
    if (input.value.trim() === "") return;
    input.form.querySelectorAll("[data-amounts] input:checked").forEach(function (radio) {
      radio.checked = false;
    });
  }

  // Capturing: the preview, which listens on the form, must already see the one choice that is left.
  document.addEventListener(
    "input",
    function (event) {
      if (event.target.closest("[data-own-amount]")) typed(event.target);
      if (event.target.closest("[data-amounts]")) {
        event.target.form.querySelector("[data-own-amount] input").value = "";
      }
    },
    true
  );

  // "Back" from the bank must not throw the payer forward again.
  function isFirstTime(reference) {
    try {
      var key = "sent-to-bank-" + reference;
      if (window.sessionStorage.getItem(key)) return false;
      window.sessionStorage.setItem(key, "yes");
      return true;
    } catch (error) {
      return false; // storage is switched off: the button remains
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    var form = document.querySelector("form[data-submit-once]");
    if (form && isFirstTime(form.dataset.submitOnce)) form.requestSubmit();
  });
})();
