// The button "notifications in this browser": subscribes it at its maker's service and tells the site.
(() => {
  const box = document.querySelector("[data-push-key]");
  if (!box || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const on = box.querySelector("[data-push-on]");
  const off = box.querySelector("[data-push-off]");
  const refused = box.querySelector("[data-push-refused]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

  const bytes = (text) => {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const post = (address, fields) =>
    fetch(address, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams(fields) });

  const show = (subscription) => {
    on.hidden = Boolean(subscription);
    off.hidden = !subscription;
    refused.hidden = Notification.permission !== "denied";
    box.hidden = false;
  };
  const registered = navigator.serviceWorker.register(box.dataset.pushWorker, { scope: "/" });

  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      const registration = await registered;
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: bytes(box.dataset.pushKey),
      });
      const answer = await post(box.dataset.pushSubscribe, {
        endpoint: subscription.endpoint,
        public_key: text(subscription.getKey("p256dh")),
        authentication_secret: text(subscription.getKey("auth")),
      });
      if (!answer.ok) await subscription.unsubscribe();
      location.reload();
    } catch {
      show(null);
    } finally {
      on.disabled = false;
    }
  });
  off.addEventListener("click", async () => {
    const subscription = await (await registered).pushManager.getSubscription();
    if (!subscription) return show(null);
    await post(box.dataset.pushUnsubscribe, { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
    location.reload();
  });
  registered.then((registration) => registration.pushManager.getSubscription()).then(show, () => {});
})();
