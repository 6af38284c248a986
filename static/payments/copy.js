// Buttons that copy a value: the button says so for a moment, and so does the status line for screen readers.
(function () {
  "use strict";

  function tell(button, text) {
    var label = button.querySelector("[data-copy-label]");
    var before = label.dataset.before || label.textContent;
    label.dataset.before = before;
    label.textContent = text;
    document.querySelector("[data-copy-status]").textContent = text;
    window.setTimeout(function () {
      label.textContent = before;
    }, 2000);
  }

  // Without the clipboard (plain http, a refusal) the value is selected, ready to be copied by hand.
  function select(button) {
    var range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("bdi"));
    window.getSelection().removeAllRanges();
    window.getSelection().addRange(range);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var copied = button.closest("[data-copied]").dataset.copied;
    if (!navigator.clipboard) {
      select(button);
      return;
    }
    navigator.clipboard.writeText(button.dataset.copy).then(
      function () {
        tell(button, copied);
      },
      function () {
        select(button);
      }
    );
  });
})();
