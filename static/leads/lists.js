// Lists of leads: addresses without empty fields, and a place for the focus when the row that had it is gone.
(function () {
  "use strict";

  var listWithFocus = "";

  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.target.matches("form[data-drop-empty]")) return;
    var parameters = event.detail.parameters;
    Array.from(parameters.keys()).forEach(function (name) {
      if (parameters.get(name) === "") parameters.delete(name);
    });
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    var list = event.detail.target;
    if (list.matches("[data-keeps-focus]") && list.contains(document.activeElement)) listWithFocus = list.id;
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var list = event.target.id === listWithFocus && document.getElementById(listWithFocus);
    if (!list) return;
    listWithFocus = "";
    if (document.activeElement === document.body) list.focus({ preventScroll: true });
  });
})();
