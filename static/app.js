"use strict";
// What HTML and htmx cannot do on any page: local times, the title, searching the list at once, copying, and saying
// that the server does not answer. Few delegated listeners; elements say by data- attributes and roles what they are.

(() => {
  // --- Times: the server writes UTC, the reader has a place and a language. ---

  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
  const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const dateOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
  const dayName = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
  const near = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
  const DAY_MS = 24 * 60 * 60 * 1000;

  function daysAgo(at) {
    const midnight = (each) => new Date(each.getFullYear(), each.getMonth(), each.getDate());
    return Math.round((midnight(new Date()) - midnight(at)) / DAY_MS);
  }

  function capital(text) {
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
  }

  const shows = {
    clock: (at) => clock.format(at),
    day: (at, ago) => {
      if (ago === 0 || ago === 1) return capital(near.format(-ago, "day"));
      return (Math.abs(ago) < 300 ? dayName : dateOfYear).format(at);
    },
    // Short, for lists: what is needed to place it, and no more.
    short: (at, ago) => {
      if (ago === 0) return clock.format(at);
      if (ago > 0 && ago < 7) return weekday.format(at);
      return (Math.abs(ago) < 300 ? date : dateOfYear).format(at);
    },
    moment: (at, ago) => ago === 0 ? clock.format(at) : `${(Math.abs(ago) < 300 ? date : dateOfYear).format(at)}, ${clock.format(at)}`,
  };

  function showLocalTimes() {
    for (const element of document.querySelectorAll("time[datetime]")) {
      const show = element.dataset.show ?? (element.closest(".line") ? "short" : "moment");
      // A day alone has no zone: it is one of the reader's.
      const at = new Date(show === "day" ? `${element.dateTime}T12:00` : element.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const text = shows[show](at, daysAgo(at));
      // Only what differs is written, because writing is a change that is observed in turn.
      if (element.textContent !== text) element.textContent = text;
      const title = show === "day" ? "" : full.format(at);
      if (element.title !== title) element.title = title;
    }
  }

  // --- The title counts what is unread, as the list does. ---

  function showUnread() {
    const counted = document.getElementById("unread");
    if (!counted) return;
    const rest = document.title.replace(/^\([0-9]+\+?\) /, "");
    const title = counted.textContent ? `(${counted.textContent}) ${rest}` : rest;
    if (document.title !== title) document.title = title;
  }

  // --- Searching the list: what the server would find, at once. ---

  const find = document.getElementById("find");

  function showFound() {
    if (!find) return;
    const words = find.value.trim().toLocaleLowerCase();
    const lines = [...document.querySelectorAll("#lines li")];
    for (const line of lines) {
      const hide = Boolean(words) && !line.textContent.toLocaleLowerCase().includes(words);
      if (line.hidden !== hide) line.hidden = hide;
    }
    const nothing = document.getElementById("nothing-found");
    const none = lines.length > 0 && lines.every((line) => line.hidden);
    if (nothing.hidden === none) nothing.hidden = !none;
  }

  find?.addEventListener("input", showFound);
  find?.form.addEventListener("submit", (event) => {
    const first = document.querySelector("#lines li:not([hidden]) .line");
    if (!first || !find.value.trim()) return;
    event.preventDefault();
    first.click();
  });

  function showAll() {
    showLocalTimes();
    showUnread();
    showFound();
  }

  showAll();
  new MutationObserver(showAll).observe(document.body, { childList: true, characterData: true, subtree: true });

  // --- A new passphrase: a rough hint at what guessing it costs. The server only asks for a length. ---

  document.addEventListener("input", (event) => {
    const id = event.target.dataset.strength;
    if (!id || !event.target.value) return;
    const text = event.target.value;
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(text)).length;
    const worth = Math.min(text.length, new Set(text).size * 2) + 2 * (kinds - 1);
    const hint = document.getElementById(id);
    const level = worth < 14 ? "weak" : worth < 22 ? "fair" : "good";
    if (hint.dataset.level === level) return;
    hint.dataset.level = level;
    hint.textContent = hint.dataset[level];
  });

  // --- What takes a second says so, and is not sent twice. ---

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    if (button.ariaDisabled) event.preventDefault();
    button.ariaDisabled = "true";
    button.dataset.idle ??= button.textContent;
    button.textContent = button.dataset.busy;
  });

  // Come back to by the back button, as it was left: to change what was typed and send it again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("[data-idle]")) {
      button.ariaDisabled = null;
      button.textContent = button.dataset.idle;
    }
  });

  // --- Copying what stands on the page. ---

  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const told = button.parentElement.querySelector("[role=status]");
    let text = (source.value ?? source.textContent).trim();
    try {
      if (button.hasAttribute("data-copy-address")) {
        const { spelled } = await import("/static/eip55.js");
        text = spelled(text.slice(text.lastIndexOf(":") + 1));
      }
      await navigator.clipboard.writeText(text);
      told.textContent = told.dataset.copied;
      setTimeout(() => { told.textContent = ""; }, 4000);
    } catch {
      // Not allowed, or there is no clipboard: what is left is a selection.
      getSelection().selectAllChildren(source);
      source.select?.();
      told.textContent = told.dataset.select;
    }
  });

  // --- The stream of changes: say when it is interrupted for longer than a moment. ---

  let interrupted;

  // Signed out, locked, or what the page shows is no longer there: none of it comes back by waiting.
  // Guarded by tests/browser/test_conversations.py::test_a_page_whose_conversation_has_gone_is_left.
  function isClosed(status) {
    return [401, 404, 423].includes(status);
  }

  // Not by loading the page again: it may be a form's answer, and browsers ask before they send a form once more,
  // with everything still to be seen.
  // Guarded by tests/browser/signin/test_odd_wallets.py::test_a_signature_that_does_not_repeat.
  function leave() {
    location.replace("/");
  }

  function connected(yes) {
    // The first one counts: attempts that fail quickly must not put the notice off.
    if (yes) {
      clearTimeout(interrupted);
      interrupted = undefined;
      document.getElementById("reconnecting").hidden = true;
    } else {
      interrupted ??= setTimeout(() => { document.getElementById("reconnecting").hidden = false; }, 1500);
    }
  }

  document.addEventListener("htmx:sse:after:connection", () => connected(true));
  document.addEventListener("htmx:sse:before:connection", (event) => {
    if (event.detail.connection.attempt > 0 && !document.hidden) connected(false);
  });
  document.addEventListener("htmx:sse:error", (event) => {
    // Here or in another tab: what the page shows is no longer to be seen.
    if (isClosed(event.detail.status)) leave();
  });

  // The extension connects again once it was connected, and not if the first attempt fails: refused, or the server
  // went away between page and stream. It is then begun anew here, for as long as it takes.
  // Guarded by tests/browser/test_conversations.py::test_a_page_whose_first_stream_fails_comes_back.
  const live = document.getElementById("live");
  const LONGEST_WAIT_MS = 2000;
  let wait = 500;

  function again() {
    if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
    // As the extension begins by itself.
    else htmx.ajax("GET", live.getAttribute("hx-sse:connect"), { source: live, timeout: htmx.config.sse.connectTimeout });
  }

  function beginAnew(status) {
    if (isClosed(status)) {
      leave();
      return;
    }
    connected(false);
    setTimeout(again, wait * (0.7 + 0.6 * Math.random()));
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }

  if (live) {
    connected(false);
    live.addEventListener("htmx:response:error", (event) => beginAnew(event.detail.ctx?.response?.status));
    live.addEventListener("htmx:error", (event) => { if (event.detail.ctx) beginAnew(); });
  }
})();
