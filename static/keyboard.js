"use strict";
// The keyboard: the palette that goes anywhere, from conversation to conversation, from part to part, back, and help.

(() => {
  const palette = document.getElementById("palette");
  const keys = document.getElementById("keys");
  const field = document.getElementById("palette-find");
  const list = document.getElementById("palette-list");
  const none = palette.querySelector("[data-part=none]");
  const places = palette.querySelector("[data-part=places]").content;

  function lines() {
    return [...document.querySelectorAll("#lines .line")];
  }

  // --- The palette: the conversations of the list, then the pages. ---

  function option(line) {
    const item = document.createElement("li");
    item.role = "option";
    item.dataset.url = line.getAttribute("href");
    // What is shown of a person is cloned, so that nothing of theirs is ever read as markup.
    item.append(line.querySelector(".identicon").cloneNode(true), line.querySelector(".line-name bdi").cloneNode(true));
    return item;
  }

  function fill() {
    list.replaceChildren(...lines().map(option), places.cloneNode(true));
    show();
  }

  function shown() {
    return [...list.children].filter((each) => !each.hidden);
  }

  function choose(item) {
    for (const each of list.children) each.ariaSelected = String(each === item);
    field.ariaActiveDescendantElement = item ?? null;
    item?.scrollIntoView({ block: "nearest" });
  }

  function show() {
    const words = field.value.trim().toLocaleLowerCase();
    for (const each of list.children) each.hidden = !each.textContent.toLocaleLowerCase().includes(words);
    none.hidden = shown().length > 0;
    choose(shown()[0]);
  }

  function open() {
    if (keys.open) keys.close();
    field.value = "";
    fill();
    if (!palette.open) palette.showModal();
    field.focus();
  }

  function go(item) {
    if (item) location.href = item.dataset.url;
  }

  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    const all = shown();
    const now = all.findIndex((each) => each.ariaSelected === "true");
    if (event.key === "ArrowDown") choose(all[(now + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all.at(now - 1));
    else if (event.key === "Enter" && !event.isComposing) go(all[now]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));

  // A click beside a dialog closes it.
  for (const dialog of [palette, keys]) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  // --- From conversation to conversation, from part to part. ---

  function step(by) {
    const all = lines();
    const now = all.findIndex((each) => each.hasAttribute("aria-current"));
    const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : now + by];
    next?.click();
  }

  const PARTS = [".rail a", "#find", ".line[aria-current], .line", "[role=log]", "[data-composer] textarea", "#details a, .sheet a, .sheet button"];

  function nextPart(back) {
    const all = PARTS.map((each) => document.querySelector(each)).filter((each) => each?.checkVisibility());
    const roots = all.map((each) => each.closest(".rail, .search, .lines, .scroller, .composer, .more, .sheet"));
    const now = roots.findIndex((each) => each.contains(document.activeElement));
    all.at(now < 0 ? 0 : (now + (back ? -1 : 1)) % all.length)?.focus();
  }

  function back() {
    const field = document.activeElement;
    if (field?.matches("#find") && field.value) {
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const opened = field?.closest("details[open]");
    if (opened) {
      opened.open = false;
      opened.querySelector("summary").focus();
      return;
    }
    const close = document.querySelector("[data-close]") ?? document.querySelector(".back");
    if (close) close.click();
    else field?.blur();
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") open();
    else if (palette.open || keys.open) return;
    else if (event.altKey && event.key === "ArrowDown") step(1);
    else if (event.altKey && event.key === "ArrowUp") step(-1);
    else if (event.key === "F6") nextPart(event.shiftKey);
    else if (event.key === "?" && !typing) keys.showModal();
    else if (event.key === "Escape" && document.querySelector(".shell")) back();
    else return;
    event.preventDefault();
  });
})();
