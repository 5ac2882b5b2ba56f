"use strict";
// What HTML and htmx cannot do: keys, local times, what was typed while a message was on its way, and saying that
// the server does not answer. Few delegated listeners; elements say by data- attributes and roles what they are.

(() => {
  // --- Times: the server writes UTC, the reader has a place and a language. ---

  const today = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const otherDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

  function showLocalTimes(root) {
    const now = new Date().toDateString();
    for (const element of root.querySelectorAll("time[datetime]")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const text = (at.toDateString() === now ? today : otherDay).format(at);
      // Only what differs is written, because writing is a change that is observed in turn.
      if (element.textContent !== text) element.textContent = text;
      if (element.title !== full.format(at)) element.title = full.format(at);
    }
  }

  showLocalTimes(document);
  new MutationObserver(() => showLocalTimes(document)).observe(document.body, { childList: true, characterData: true, subtree: true });

  // --- The log: it starts at its end; the style sheet keeps it there unless somebody scrolled up. ---

  const scroller = document.querySelector("[role=log]");
  if (scroller) scroller.scrollTop = scroller.scrollHeight;

  // --- The composer. ---

  const growsByItself = CSS.supports("field-sizing", "content");

  function grow(area) {
    if (growsByItself) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-composer] textarea")) grow(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || !event.target.matches("[data-composer] textarea")) return;
    // While an input method composes, Enter chooses a candidate (229 is how some browsers tell the last one).
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit();
  });

  // What was sent, by form: whoever types on while the answer is awaited must not lose it, nor send it twice.
  const sent = new WeakMap();

  document.addEventListener("htmx:before:request", (event) => {
    const form = event.target;
    if (form.matches?.("[data-composer]")) sent.set(form, form.elements.text.value);
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    const form = document.querySelector("[data-composer]");
    if (!form || ctx.sourceElement !== form) return;
    document.getElementById("unreachable").hidden = true;
    if (ctx.response?.status !== 200) return;
    document.getElementById("notice").replaceChildren();
    const area = form.elements.text;
    const before = sent.get(form) ?? "";
    area.value = area.value.startsWith(before) ? area.value.slice(before.length) : area.value;
    grow(area);
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.sourceElement?.matches("[data-composer]")) {
      document.getElementById("unreachable").hidden = false;
    }
  });

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
    button.textContent = button.dataset.busy;
  });

  // --- The stream of changes: say when it is interrupted for longer than a moment. ---

  let interrupted;

  function isClosed(status) {
    return status === 401 || status === 423;
  }

  // Not by loading the page again: it may be a form's answer, and browsers ask before they send a form once more,
  // with everything still to be seen.
  // Guarded by tests/browser/signin/test_odd_wallets.py::test_a_signature_that_does_not_repeat.
  function leave() {
    location.replace("/");
  }

  function connected(yes) {
    clearTimeout(interrupted);
    const notice = document.getElementById("reconnecting");
    if (yes) notice.hidden = true;
    else interrupted = setTimeout(() => { notice.hidden = false; }, 1500);
  }

  document.addEventListener("htmx:sse:after:connection", () => connected(true));
  document.addEventListener("htmx:sse:before:connection", (event) => {
    if (event.detail.connection.attempt > 0 && !document.hidden) connected(false);
  });
  document.addEventListener("htmx:response:error", (event) => {
    // The first connection was refused: there is no further attempt, and the page stays as it is.
    if (event.target.id !== "live") return;
    if (isClosed(event.detail.ctx?.response?.status)) leave();
    else connected(false);
  });
  document.addEventListener("htmx:sse:error", (event) => {
    // Signed out or locked, here or in another tab: what the page shows is no longer to be seen.
    if (isClosed(event.detail.status)) leave();
  });
})();
