// Filter forms: empty fields stay out of the address, so that it can be read and shared.
(function () {
  "use strict";

  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.target.matches("form[data-drop-empty]")) return;
    var parameters = event.detail.parameters;
    Array.from(parameters.keys()).forEach(function (name) {
      if (parameters.get(name) === "") parameters.delete(name);
    });
  });
})();
