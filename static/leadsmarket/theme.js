// Runs before the first paint: the colours that the person chose, else those of their system.
(function () {
  "use strict";
  var root = document.documentElement;
  var systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return window.localStorage.getItem("theme");
    } catch (error) {
      return null; // storage is switched off: follow the system
    }
  }

  function apply() {
    root.dataset.bsTheme = chosen() || (systemIsDark.matches ? "dark" : "light");
  }

  root.classList.add("js");
  apply();
  systemIsDark.addEventListener("change", apply);
})();
