// Passkeys need a script: only the browser speaks with the device. Forms marked `data-passkey` get
// the device's answer put into their field `credential`, and are sent as any other form. Without
// this script, or in a browser that can't, the page says so and offers the other ways.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
    return btoa(letters.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  };
  const named = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  // By hand: browsers of three years ago have no parse…FromJSON, and password managers no toJSON.
  const make = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    });
    return answer(made, {
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    });
  };
  const use = async (options, how) => {
    const used = await navigator.credentials.get({
      ...how,
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    });
    return answer(used, {
      authenticatorData: text(used.response.authenticatorData),
      signature: text(used.response.signature),
      userHandle: used.response.userHandle ? text(used.response.userHandle) : null,
    });
  };
  const answer = (credential, response) => JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: { ...response, clientDataJSON: text(credential.response.clientDataJSON) },
  });

  const fetched = async (form) => {
    const answered = await fetch(form.dataset.options, { method: "POST" });
    if (!answered.ok) throw new Error(String(answered.status));
    return answered.json();
  };

  // Only one prompt is open at a time: pressing the button ends what waits in the address field.
  let waiting = null;
  let renewal = null;
  const endWaiting = () => {
    clearTimeout(renewal);
    waiting?.abort();
    waiting = null;
  };

  const send = (form, credential, button) => {
    form.elements.credential.value = credential;
    form.requestSubmit(button);
  };

  const say = (place, what) => {
    place.querySelectorAll("[data-passkeys-said]").forEach((words) => {
      words.hidden = words.dataset.passkeysSaid !== what;
    });
  };

  // Passkeys are offered among the browser's suggestions for the address field.
  const offer = async (form) => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    endWaiting();
    const mine = new AbortController();
    waiting = mine;
    try {
      const options = await fetched(form);
      if (mine.signal.aborted) return;
      // What is asked is good for some minutes; the page may lie open for longer.
      renewal = setTimeout(() => offer(form), options.timeout * 0.8);
      send(form, await use(options, { mediation: "conditional", signal: mine.signal }), null);
    } catch {
      // Another way was taken, or nothing can be offered: the button is still there.
    }
  };

  const ask = async (place, form, button) => {
    endWaiting();
    say(place, "");
    button.disabled = true;
    try {
      const written = form.elements.options;
      const credential = written
        ? await make(JSON.parse(written.value))
        : await use(await fetched(form), {});
      button.disabled = false;
      send(form, credential, button);
    } catch (error) {
      button.disabled = false;
      say(place, error.name === "InvalidStateError" ? "known" : "failed");
      if ("autofill" in form.dataset) offer(form);
    }
  };

  const begin = (place) => {
    const show = (what) => place.querySelectorAll(`[data-passkeys-${what}]`).forEach((part) => {
      part.hidden = false;
    });
    if (!window.PublicKeyCredential) return;
    place.querySelectorAll("[data-passkeys-unable]").forEach((part) => { part.hidden = true; });
    // They belong to one site, and to this address of it alone.
    if (location.origin !== place.dataset.passkeys) { show("elsewhere"); return; }
    show("able");
    place.querySelectorAll("form[data-passkey]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (form.elements.credential.value) return;
        event.preventDefault();
        ask(place, form, event.submitter ?? form.querySelector("button"));
      });
      if ("autofill" in form.dataset) offer(form);
    });
  };

  document.querySelectorAll("[data-passkeys]").forEach(begin);
  window.addEventListener("pagehide", endWaiting);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    // Shown again from the browser's memory: an answer was good once.
    document.querySelectorAll("form[data-passkey]:not([hidden])").forEach((form) => {
      form.elements.credential.value = "";
      if ("autofill" in form.dataset) offer(form);
    });
  });
})();
