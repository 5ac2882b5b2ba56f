"use strict";
// One conversation: its log, how far it was read, and what is written in it. Without this file it can be read and
// written in all the same; drafts are then kept by a button, and so is what was read.

(() => {
  const scroller = document.querySelector("[role=log]");
  const jump = document.getElementById("jump");
  const counted = jump.querySelector("[data-part=count]");

  function post(url, fields) {
    // As htmx asks: the answer is then not a page. What was begun is finished when the page is left.
    return fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { "HX-Request": "true" }, keepalive: true });
  }

  function messages() {
    return [...scroller.querySelectorAll(".message")];
  }

  // --- The log: it starts at what is new, else at its end; the style sheet keeps it there unless somebody scrolled up. ---

  // The log is a reversed container: 0 is its end, and further up is less than 0.
  function atEnd() {
    return scroller.scrollTop > -48;
  }

  function toEnd() {
    scroller.scrollTop = 0;
  }

  const line = scroller.querySelector(".new-line");
  toEnd();
  if (location.hash.startsWith("#m-")) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
  else if (line && line.getBoundingClientRect().top < scroller.getBoundingClientRect().top) line.scrollIntoView({ block: "start" });

  let below = 0;

  function showJump() {
    if (atEnd()) below = 0;
    jump.hidden = atEnd();
    counted.hidden = below === 0;
    counted.textContent = below || "";
  }

  jump.addEventListener("click", () => {
    toEnd();
    document.querySelector("[data-composer] textarea")?.focus();
  });

  // --- How far it was read: up to the last message that was in view of a page that is looked at. ---

  let read = scroller.dataset.read;
  let marking;

  function inView() {
    const end = scroller.getBoundingClientRect().bottom + 1;
    return messages().findLast((each) => each.getBoundingClientRect().top + 24 < end);
  }

  function markRead() {
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    const last = inView();
    if (!last) return;
    const all = messages();
    const upto = last.id.slice(2);
    const from = all.findIndex((each) => each.id.slice(2) === read) + 1;
    const unread = all.slice(from, all.indexOf(last) + 1).some((each) => each.classList.contains("other"));
    const late = document.querySelector(".line[aria-current] .count");
    if (!unread && !late) return;
    read = upto;
    post(scroller.dataset.readUrl, { upto }).catch(() => { read = ""; });
  }

  function markSoon() {
    clearTimeout(marking);
    marking = setTimeout(markRead, 250);
  }

  scroller.addEventListener("scroll", () => { showJump(); markSoon(); }, { passive: true });
  for (const name of ["focus", "pageshow"]) addEventListener(name, markSoon);
  document.addEventListener("visibilitychange", markSoon);
  markSoon();

  // --- One Tab stop: arrows go from message to message, Enter tells of one. ---

  function oneTabStop() {
    for (const each of scroller.querySelectorAll(".meta:not([tabindex])")) each.tabIndex = -1;
  }

  let known = new Set(messages().map((each) => each.id));

  new MutationObserver(() => {
    oneTabStop();
    const all = messages();
    if (!atEnd()) below += all.filter((each) => !known.has(each.id) && each.classList.contains("other")).length;
    known = new Set(all.map((each) => each.id));
    showJump();
    markSoon();
  }).observe(document.getElementById("log"), { childList: true, subtree: true });
  oneTabStop();

  scroller.addEventListener("keydown", (event) => {
    if (event.target.matches("input")) return;
    const all = messages();
    const now = all.indexOf(document.activeElement.closest(".message"));
    const to = { ArrowUp: now < 0 ? all.length - 1 : now - 1, ArrowDown: now + 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Enter" && document.activeElement === all[now]) {
      all[now].querySelector(".meta")?.click();
    } else if (to !== undefined && !event.altKey && !event.ctrlKey && (now >= 0 || event.key !== "ArrowDown")) {
      event.preventDefault();
      (all[to] ?? all[now])?.focus();
    }
  });

  // --- The composer. ---

  document.addEventListener("click", (event) => {
    const menu = document.getElementById("more-to-do");
    if (menu?.open && !menu.contains(event.target)) menu.open = false;
  });

  const growsByItself = CSS.supports("field-sizing", "content");

  function grow(area) {
    if (growsByItself) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  }

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
    if (!form.matches?.("[data-composer]")) return;
    sent.set(form, form.elements.text.value);
    clearTimeout(keeping);
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
    kept = "";
    keepSoon();
    grow(area);
    toEnd();
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.sourceElement?.matches("[data-composer]")) {
      document.getElementById("unreachable").hidden = false;
    }
  });

  // --- Drafts: kept when typing rests, and when the page is left. ---

  const composer = document.querySelector("[data-composer]");
  let kept = composer?.elements.text.value;
  let keeping;

  function keep() {
    clearTimeout(keeping);
    const form = document.querySelector("[data-composer]");
    if (!form || form.elements.text.value === kept || form.classList.contains("htmx-request")) return;
    const text = form.elements.text.value;
    kept = text;
    // Nothing is lost if it fails: the text is still here, and the next key tries again.
    post(form.dataset.draftUrl, { text }).catch(() => { kept = undefined; });
  }

  function keepSoon() {
    clearTimeout(keeping);
    keeping = setTimeout(keep, 600);
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-composer] textarea")) return;
    grow(event.target);
    keepSoon();
  });

  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", keep);

  const area = composer?.elements.text;
  if (area) {
    grow(area);
    area.setSelectionRange(area.value.length, area.value.length);
  }
})();
