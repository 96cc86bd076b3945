// What a page does better with scripts. Nothing here is needed: without it the clock and the
// countdown show the instant at which the page was made, and menus still open.
"use strict";

(() => {
  const minute = 60_000;
  const clock = document.querySelector("[data-server-clock]");
  // The server's clock counts, not this machine's: keep the difference found when the page came.
  const ahead = clock ? Date.parse(clock.dateTime) - Date.now() : 0;
  const now = () => Date.now() + ahead;

  const showClock = () => {
    const part = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo",
    }).format(now());
    // The day was written by the server; only the time of day moves here.
    clock.textContent = clock.textContent.replace(/\d{2}:\d{2}/, part);
  };

  // Days, hours, minutes, rounded down; and seconds in the last hour.
  const showCountdown = (shown) => {
    const left = Math.max(0, Date.parse(shown.dataset.countdown) - now());
    const parts = {
      days: Math.floor(left / (24 * 60 * minute)),
      hours: Math.floor(left / (60 * minute)) % 24,
      minutes: Math.floor(left / minute) % 60,
      seconds: Math.floor(left / 1000) % 60,
    };
    for (const [name, value] of Object.entries(parts)) {
      const place = shown.querySelector(`[data-part="${name}"]`);
      if (place) place.textContent = String(value);
    }
    const seconds = shown.querySelector("[data-last-hour]");
    if (seconds) seconds.hidden = left >= 60 * minute;
  };

  const tick = () => {
    if (clock) showClock();
    document.querySelectorAll("[data-countdown]").forEach(showCountdown);
  };
  tick();
  setInterval(tick, 1000);

  // After a refusal or a success, reading goes on where it is told.
  document.querySelector("[data-takes-focus]")?.focus();

  // A draft that was saved in between keeps its new version for the next save.
  document.addEventListener("htmx:after:swap", () => {
    const saved = document.querySelector("[data-saved-version]");
    const kept = document.getElementById("version");
    if (saved && kept) kept.value = saved.dataset.savedVersion;
  });

  // While the page is looked at, it hears of new notices; a hidden one keeps no connection open.
  const address = document.body.dataset.live;
  let stream = null;
  const listen = () => {
    if (document.visibilityState === "visible" && !stream) {
      stream = new EventSource(address);
      stream.addEventListener("next", () => {
        document.body.dispatchEvent(new Event("notice-arrived"));
      });
    } else if (document.visibilityState === "hidden" && stream) {
      stream.close();
      stream = null;
    }
  };
  if (address) {
    listen();
    document.addEventListener("visibilitychange", listen);
  }

  // Menus close by Escape and by a click beside them.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
})();
