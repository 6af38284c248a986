// What pages do beyond links and forms: menu, theme, dialogs, toasts, one submit at a time, quiet polling.
(function () {
  "use strict";

  var TOAST_MILLISECONDS = 7000;
  var root = document.documentElement;
  var sessionEnded = false;

  // --- Menu on narrow screens, dark mode, passwords -------------------------------------------------------------------------

  function toggleMenu(button) {
    var menu = document.getElementById(button.getAttribute("aria-controls"));
    var open = menu.classList.toggle("show");
    button.setAttribute("aria-expanded", String(open));
  }

  function showTheme() {
    document.querySelectorAll("[data-theme-toggle]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
    });
  }

  function toggleTheme() {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem("theme", root.dataset.bsTheme);
    } catch (error) {
      // storage is switched off: the choice holds for this page
    }
    showTheme();
  }

  function togglePassword(button) {
    var input = button.parentElement.querySelector("input");
    var show = input.type === "password";
    input.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  }

  document.addEventListener("click", function (event) {
    var passwordButton = event.target.closest("[data-password-toggle]");
    var menuButton = event.target.closest("[data-menu-toggle]");
    var themeButton = event.target.closest("[data-theme-toggle]");
    var toastClose = event.target.closest("[data-toast-close]");
    var dialogClose = event.target.closest("[data-dialog-close]");
    if (passwordButton) togglePassword(passwordButton);
    if (menuButton) toggleMenu(menuButton);
    if (themeButton) toggleTheme();
    if (toastClose) removeToast(toastClose.closest("[data-toast]"));
    if (dialogClose && openDialog()) {
      event.preventDefault();
      openDialog().close();
    }
  });

  // --- Toasts: good news leaves by itself unless somebody reads it, problems stay -----------------------------------

  function removeToast(toast) {
    if (toast.contains(document.activeElement)) document.getElementById("content").focus();
    toast.remove();
  }

  function startToast(toast) {
    var kind = toast.dataset.toast;
    toast.dataset.started = "yes";
    if (kind !== "success" && kind !== "info") return;
    var timer = null;
    function run() {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        removeToast(toast);
      }, TOAST_MILLISECONDS);
    }
    function pause() {
      window.clearTimeout(timer);
    }
    toast.addEventListener("mouseenter", pause);
    toast.addEventListener("focusin", pause);
    toast.addEventListener("mouseleave", run);
    toast.addEventListener("focusout", run);
    run();
  }

  // A modal dialog makes the rest of the page inert: messages must be shown inside it.
  function placeToasts() {
    var region = document.getElementById("toasts");
    if (!region) return;
    if (!region.homeParent) {
      region.homeParent = region.parentNode;
      region.homeNext = region.nextSibling;
    }
    var dialog = openDialog();
    if (dialog && region.parentNode !== dialog) dialog.append(region);
    if (!dialog && region.parentNode !== region.homeParent) region.homeParent.insertBefore(region, region.homeNext);
  }

  function startToasts() {
    document.querySelectorAll("[data-toast]:not([data-started])").forEach(startToast);
  }

  function offlineToast() {
    var region = document.getElementById("toasts");
    var template = document.getElementById("offline-toast");
    if (!region || region.querySelector("[data-offline]")) return;
    var toast = template.content.firstElementChild.cloneNode(true);
    toast.dataset.offline = "yes";
    region.append(toast);
    startToasts();
  }

  // --- Dialogs: htmx loads a <dialog> into #dialog ---------------------------------------------------------------

  var opener = null;

  function openDialog() {
    return document.querySelector("#dialog dialog[open]");
  }

  function focusFirstProblem(scope) {
    var problem = scope.querySelector("[aria-invalid='true'], [data-form-errors]");
    if (problem) problem.focus();
    return Boolean(problem);
  }

  function showDialog(dialog) {
    if (opener === null) opener = { element: document.activeElement, id: document.activeElement.id };
    dialog.addEventListener("close", function () {
      leaveDialog(dialog);
    });
    // A click on the backdrop closes; one that began inside (selecting text) does not.
    dialog.addEventListener("mousedown", function (event) {
      dialog.pressedOutside = event.target === dialog;
    });
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog && dialog.pressedOutside) dialog.close();
    });
    dialog.showModal();
    // The browser would focus the closing cross.
    var first = dialog.querySelector(".dialog-body :is(input:not([type=hidden]), select, textarea, button, a[href])");
    // Of a group of radio buttons the chosen one has the focus, as with the Tab key.
    if (first && first.type === "radio") first = first.form.querySelector("[name='" + first.name + "']:checked") || first;
    if (!focusFirstProblem(dialog) && first) first.focus();
    placeToasts();
  }

  function leaveDialog(dialog) {
    if (!dialog.isConnected || dialog.left) return;
    dialog.left = true;
    placeToasts();
    returnFocus();
    // Not at once: htmx looks for the places of its swaps starting from the form inside the dialog.
    window.setTimeout(function () {
      dialog.remove();
    }, 0);
  }

  function returnFocus() {
    if (opener === null) return;
    var target = opener.element.isConnected ? opener.element : document.getElementById(opener.id);
    // The row that had the button may be gone: then the page itself takes the focus.
    (target || document.getElementById("content")).focus();
    opener = null;
  }

  document.addEventListener("closeDialog", function () {
    var dialog = openDialog();
    if (!dialog) return;
    dialog.close();
    leaveDialog(dialog); // at once, since the toasts of this answer are about to be added
  });

  // The region of messages must survive the replacement of the dialog it is shown in.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var region = document.getElementById("toasts");
    if (region && event.detail.target.contains(region) && region.homeParent) {
      region.homeParent.insertBefore(region, region.homeNext);
    }
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id === "dialog") {
      var dialog = event.detail.target.querySelector("dialog:not([open])");
      if (dialog && !dialog.left) showDialog(dialog);
    } else if (event.detail.xhr && event.detail.xhr.status === 422) {
      focusFirstProblem(event.detail.target.isConnected ? event.detail.target : event.target);
    }
  });

  document.addEventListener("htmx:afterSettle", startToasts);
  document.addEventListener("htmx:oobAfterSwap", function () {
    lastBodies.clear();
    startToasts();
  });

  // --- One submit at a time ----------------------------------------------------------------------------------------

  function submitButtons(form) {
    return Array.from(form.elements).filter(function (element) {
      return element.type === "submit";
    });
  }

  function lock(form, submitter) {
    form.dataset.sending = "yes";
    form.setAttribute("aria-busy", "true");
    // After this turn: a disabled button's name and value would not be sent.
    window.setTimeout(function () {
      if (!form.dataset.sending) return;
      submitButtons(form).forEach(function (button) {
        if (button.disabled) return;
        button.dataset.locked = button === document.activeElement ? "focused" : "yes";
        button.disabled = true;
        if (button === submitter) button.classList.add("btn-loading");
      });
    }, 0);
  }

  function unlock(form) {
    delete form.dataset.sending;
    form.removeAttribute("aria-busy");
    submitButtons(form).forEach(function (button) {
      if (!button.dataset.locked) return;
      var hadFocus = button.dataset.locked === "focused" && document.activeElement === document.body;
      button.disabled = false;
      button.classList.remove("btn-loading");
      delete button.dataset.locked;
      if (hadFocus) button.focus();
    });
  }

  document.addEventListener(
    "submit",
    function (event) {
      var form = event.target;
      if (form.method !== "post") return;
      if (form.dataset.sending) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      lock(form, event.submitter);
    },
    true
  );

  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.target.matches("form")) unlock(event.target);
  });

  // Back to a page that the browser kept as it was left, buttons disabled and all.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sending]").forEach(unlock);
  });

  // --- Polling: not in hidden tabs, not after the session, no swap without news --------------------------------------

  var lastBodies = new Map();

  function isPoll(detail) {
    return detail.requestConfig.verb === "get" && !detail.requestConfig.triggeringEvent;
  }

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (isPoll(event.detail) && (document.hidden || sessionEnded)) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail;
    if (!isPoll(detail)) lastBodies.clear();
    if (detail.xhr.status !== 200 || !isPoll(detail) || !detail.target.id) return;
    if (lastBodies.get(detail.target.id) === detail.xhr.responseText) detail.shouldSwap = false;
    lastBodies.set(detail.target.id, detail.xhr.responseText);
  });

  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) sessionEnded = true;
  });

  document.addEventListener("htmx:sendError", function (event) {
    if (!isPoll(event.detail)) offlineToast();
  });

  document.addEventListener("DOMContentLoaded", function () {
    showTheme();
    startToasts();
    focusFirstProblem(document.getElementById("content") || document);
  });
})();
