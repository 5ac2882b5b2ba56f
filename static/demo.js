"use strict";
// The demo's page looks at itself again and takes over what has changed, in place: loading the whole page anew would
// take the focus and the place of whoever reads it. Without scripts the browser loads it anew.

(() => {
  const again = (page) => page.querySelector("meta[name=again]");

  function take(page) {
    document.title = page.title;
    again(document).content = again(page).content;
    for (const old of document.querySelectorAll("[data-changing]")) {
      const now = page.getElementById(old.id);
      if (!now || now.isEqualNode(old)) continue;
      const focused = [...old.querySelectorAll("button")].indexOf(document.activeElement);
      old.replaceChildren(...document.importNode(now, true).childNodes);
      if (focused >= 0) old.querySelectorAll("button")[focused]?.focus();
    }
  }

  async function look() {
    try {
      const answer = await fetch(location.href);
      // Whoever is not let in any more is to see that, and not the last state.
      if (answer.status === 401) location.reload();
      else if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // It was stopped, or is starting again: it is looked at again.
    }
    later();
  }

  function later() {
    setTimeout(look, Number(again(document).content) * 1000);
  }

  later();
})();
