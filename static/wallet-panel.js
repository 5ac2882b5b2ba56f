// Wallets of this browser: found (EIP-6963, else window.ethereum), connected, shown to the person, and asked for what
// the page wants. The element [data-wallets] names the addresses, and its <template> holds every sentence. A wallet's
// answers are a stranger's: checked before they are used, and shown as text only. Even looking at what it gives may
// throw. What is asked of a wallet is said by the module that uses this one: wallet.js signs, pay.js pays.

import { spelled } from "./eip55.js";

export class Cancelled extends Error {}

/** Something that the person is told by the name of a sentence, or by a whole one. */
export class Trouble extends Error {
  constructor(name, values = {}) {
    super(name);
    this.values = values;
  }
}

/**
 * Bring a panel to life.
 *
 * @param panel the element [data-wallets]
 * @param act what is done with a connected wallet once the person says so: (run, tools) => Promise
 * @param wrong the name of a sentence that says why the wallet's account and network cannot be used, if it cannot
 */
export function walletPanel(panel, { act, wrong = () => undefined }) {
  const MAX_WALLETS = 16;
  const MAX_ICON = 128 * 1024;
  const ASK_AGAIN_MS = [300, 1000, 3000, 8000];
  const OLD_STYLE_MS = 700;
  const NONE_MS = 2000;
  const NUDGE_MS = 5000;
  const OLD_STYLE = "window.ethereum";
  const EVENTS = ["accountsChanged", "chainChanged"];
  const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

  const part = (name) => panel.querySelector(`[data-part="${name}"]`);
  const action = (name, within = panel) => within.querySelector(`[data-action="${name}"]`);
  const texts = part("texts").content;
  const networks = JSON.parse(panel.dataset.networks);

  function words(name, values = {}) {
    const text = texts.querySelector(`[data-text="${name}"]`).textContent;
    return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  // --- What the person sees: one of three parts, a status that is read out, and a problem that takes the focus. ---

  function show(name) {
    for (const each of ["choose", "confirm", "waiting"]) part(each).hidden = each !== name;
  }

  function status(text, busy = false) {
    const line = part("status");
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("busy", busy);
  }

  function problem(text) {
    const line = part("problem");
    line.hidden = !text;
    line.textContent = text;
    part("told")?.remove();
    if (text) line.focus();
  }

  // --- Which wallets there are. They may announce themselves late, twice, or only when asked again. ---

  const wallets = new Map();
  let current = null;
  let looking = [];

  function add(id, name, icon, provider) {
    if (wallets.has(id) || wallets.size >= MAX_WALLETS || typeof provider?.request !== "function") return;
    const shown = typeof name === "string" ? name.replace(/[\p{C}\s]+/gu, " ").trim().slice(0, 40) : "";
    const wallet = { name: shown || words("unnamed"), provider };
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "choice";
    button.append(picture(icon), caption(wallet.name));
    button.addEventListener("click", () => begin(wallet, button));
    line.append(button);
    wallets.set(id, { wallet, line });
    part("list").append(line);
    part("none").hidden = true;
    if (!current) status(words("found"));
  }

  function caption(name) {
    const text = document.createElement("span");
    const isolated = document.createElement("bdi");
    text.className = "choice-text";
    isolated.textContent = name;
    text.append(isolated);
    return text;
  }

  function picture(icon) {
    const image = document.createElement("img");
    image.alt = "";
    image.width = image.height = 32;
    // A picture's address of any other kind would ask somebody else for it (and the policy refuses it).
    const usable = typeof icon === "string" && icon.length <= MAX_ICON && /^data:image\//i.test(icon);
    image.src = usable ? icon.trim() : "/static/wallet.svg";
    return image;
  }

  function remove(id) {
    wallets.get(id)?.line.remove();
    wallets.delete(id);
  }

  window.addEventListener("eip6963:announceProvider", (event) => {
    careful(() => {
      const { info, provider } = event.detail ?? {};
      if (typeof info?.uuid === "string") add(info.uuid, info.name, info.icon, provider);
    });
    // The same wallet is there under its old name, too, and nobody can tell which of several that is.
    if (wallets.size > 1 && current?.wallet !== wallets.get(OLD_STYLE)?.wallet) remove(OLD_STYLE);
  });

  function look() {
    looking.forEach(clearTimeout);
    part("none").hidden = true;
    if (!wallets.size) status(words("looking"), true);
    const ask = () => window.dispatchEvent(new Event("eip6963:requestProvider"));
    const oldStyle = () => { if (!wallets.size) careful(() => add(OLD_STYLE, "", "", window.ethereum)); };
    const none = () => {
      if (wallets.size) return;
      status("");
      part("none").hidden = false;
    };
    looking = [
      ...ASK_AGAIN_MS.map((wait) => setTimeout(ask, wait)),
      setTimeout(oldStyle, OLD_STYLE_MS),
      setTimeout(none, NONE_MS),
    ];
    ask();
  }

  // Guarded by tests/browser/signin/test_odd_wallets.py::test_what_throws_when_it_is_looked_at.
  function careful(look) {
    try {
      return look();
    } catch {
      return undefined;
    }
  }

  // --- One run: from the choice of a wallet until the form is sent, cancelled or given up. ---

  function start(wallet, button) {
    const run = { wallet, button, facts: null, signing: false, handed: false, nudge: 0 };
    run.ended = new Promise((_resolve, reject) => { run.end = reject; });
    run.ended.catch(() => {});
    run.changed = () => {
      if (run.facts) attempt(run, () => compare(run));
    };
    for (const name of EVENTS) careful(() => wallet.provider.on?.(name, run.changed));
    return run;
  }

  function finish(run) {
    clearTimeout(run.nudge);
    for (const name of EVENTS) careful(() => run.wallet.provider.removeListener?.(name, run.changed));
    if (current === run) current = null;
  }

  async function attempt(run, step) {
    try {
      await step();
    } catch (error) {
      if (current !== run) return;
      finish(run);
      run.end(error);
      show("choose");
      status(error instanceof Cancelled ? words("cancelled") : words("found"));
      if (error instanceof Cancelled) run.button.focus();
      else problem(explain(error));
    }
  }

  function explain(error) {
    if (error instanceof Trouble) return error.values.sentence ?? words(error.message, error.values);
    const given = careful(() => error?.code ?? error?.data?.originalError?.code);
    const code = ["number", "string"].includes(typeof given) ? given : undefined;
    const known = {
      4001: "rejected", ACTION_REJECTED: "rejected", 4100: "locked", 4200: "unsupported", 4900: "disconnected",
      4901: "disconnected", 4902: "unknown-network", [-32002]: "pending", [-32004]: "unsupported", [-32601]: "unsupported",
    };
    return words(Object.hasOwn(known, code) ? known[code] : "failed", { code: Number.isInteger(code) ? String(code) : "?" });
  }

  function begin(wallet, button) {
    if (current) return;
    const run = (current = start(wallet, button));
    problem("");
    attempt(run, () => connect(run));
  }

  async function connect(run) {
    wait(run, "connecting");
    confirm(run, await read(run, "eth_requestAccounts"), "confirm");
  }

  async function compare(run) {
    // Wallets also tell of what has not changed.
    const facts = await read(run, "eth_accounts");
    // What was handed to a wallet may be sent whatever it shows by now.
    if (same(facts, run.facts) || run.handed) return;
    if (run.signing) throw new Trouble("changed");
    confirm(run, facts, "switched");
  }

  function confirm(run, facts, text) {
    run.facts = facts;
    clearTimeout(run.nudge);
    part("account").textContent = spelled(facts.address);
    part("network").textContent = networks[facts.chain] ?? words("network", { number: String(BigInt(facts.chain)) });
    const trouble = wrong(facts);
    action("sign").hidden = Boolean(trouble);
    const change = action("change");
    if (change) change.hidden = trouble !== "other-network";
    show("confirm");
    status(words(trouble ?? text));
    if (!trouble) action("sign").focus();
  }

  function wait(run, name, values = {}) {
    clearTimeout(run.nudge);
    const named = { wallet: run.wallet.name, ...values };
    show("waiting");
    status(words(name, named), true);
    action("cancel", part("waiting")).focus();
    run.nudge = setTimeout(() => status(words("nudge", named), true), NUDGE_MS);
  }

  // --- The wallet and the server, neither of which has to answer. ---

  async function ask(run, method, params) {
    return Promise.race([run.wallet.provider.request(params ? { method, params } : { method }), run.ended]);
  }

  async function read(run, method) {
    const accounts = await ask(run, method);
    const chain = await ask(run, "eth_chainId");
    if (!Array.isArray(accounts)) throw new Trouble("garbage");
    if (!accounts.length) throw new Trouble("locked");
    const number = typeof chain === "number" && Number.isSafeInteger(chain) ? `0x${chain.toString(16)}` : chain;
    // A list is not an address, though as text it may look like one.
    const [address] = accounts;
    if (typeof address !== "string" || !ADDRESS.test(address) || typeof number !== "string" || !/^0x[0-9a-fA-F]{1,13}$/.test(number)) {
      throw new Trouble("garbage");
    }
    return { address, chain: `0x${BigInt(number).toString(16)}` };
  }

  function same(one, other) {
    return one.address.toLowerCase() === other.address.toLowerCase() && one.chain === other.chain;
  }

  /** What the server says to some fields, as JSON (null where it says nothing), or trouble. */
  async function tellServer(run, url, fields) {
    let response;
    let answer = null;
    try {
      const body = new URLSearchParams(fields);
      response = await Promise.race([fetch(url, { method: "POST", body, redirect: "manual" }), run.ended]);
      if (response.headers.get("content-type")?.startsWith("application/json")) answer = await response.json();
    } catch (error) {
      throw error instanceof TypeError || error instanceof SyntaxError ? new Trouble("unreachable") : error;
    }
    if (typeof answer?.sentence === "string") throw new Trouble("", answer);
    if (response.ok) return answer;
    // Signed out, locked, or the set-up was forgotten: the page itself is no longer true.
    if (response.type === "opaqueredirect" || [401, 423].includes(response.status)) {
      load();
      await run.ended;
    }
    throw new Trouble("unreachable");
  }

  // Not location.reload(): what is shown may be the answer to a form, which must not be sent again.
  function load() {
    location.replace(panel.dataset.page);
  }

  // --- Buttons. ---

  panel.addEventListener("click", (event) => {
    const name = event.target.closest("[data-action]")?.dataset.action;
    if (name === "look") look();
    if (name === "sign" && current && !current.signing) {
      const run = current;
      attempt(run, async () => {
        run.signing = true;
        wait(run, "preparing");
        // The wallet must be asked for the account and the network that were on the page.
        if (!same(run.facts, await read(run, "eth_accounts"))) throw new Trouble("changed");
        await act(run, tools);
      });
    }
    if (name === "change" && current) {
      const run = current;
      attempt(run, async () => {
        await ask(run, "wallet_switchEthereumChain", [{ chainId: panel.dataset.chain }]);
        await compare(run);
      });
    }
    if (name === "cancel" && current) {
      const run = current;
      run.end(new Cancelled());
      // Where the person is asked and no wallet is, nothing waits for the end.
      attempt(run, () => run.ended);
    }
  });

  // Come back to by the back button, as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) load();
  });

  const tools = { part, status, words, wait, ask, read, same, finish, tellServer };
  part("live").hidden = false;
  show("choose");
  look();
}
