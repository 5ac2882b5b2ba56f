// The page's side of a test wallet (browser_wallet.py): a provider (EIP-1193) that asks Python about every request,
// and its announcements (EIP-6963). It is called before the page's own scripts run, with what the wallet is like.
(wallet) => {
  "use strict";
  if (window !== window.top) return;
  const page = String(Math.random());
  const listeners = new Map();
  const waiting = new Map();
  let asked = 0;

  // What cannot come out of Python as JSON.
  const odd = {
    nothing: () => undefined,
    trap: () => new Proxy({}, { get() { throw new Error("a trap"); } }),
    circle: () => { const circle = {}; circle.circle = circle; return circle; },
    symbol: () => Symbol("wallet"),
  };
  const value = (outcome) => (outcome.odd ? odd[outcome.odd]() : outcome.value);

  const settle = (id, outcome) => {
    const request = waiting.get(id);
    if (!request || outcome.kind === "wait") return;
    waiting.delete(id);
    if (outcome.kind === "result") request.resolve(value(outcome));
    if (outcome.kind === "raw error") request.reject(value(outcome));
    if (outcome.kind === "error") request.reject(Object.assign(new Error(outcome.message), outcome.facts));
  };

  const request = ({ method, params }) => {
    if (wallet.manner === "throws") throw new Error("a wallet that throws");
    if (wallet.manner === "no promise") return "0x1";
    return new Promise((resolve, reject) => {
      const id = `${page} ${(asked += 1)}`;
      waiting.set(id, { resolve, reject });
      window[wallet.binding]({ id, method, params: params ?? [] }).then((outcome) => settle(id, outcome));
    });
  };

  const on = (name, listener) => { listeners.set(name, [...(listeners.get(name) ?? []), listener]); };
  const off = (name, listener) => {
    listeners.set(name, (listeners.get(name) ?? []).filter((each) => each !== listener));
  };
  const provider = wallet.manner === "no request" ? { on } : { request, on, removeListener: off };

  const info = { uuid: wallet.uuid, name: wallet.name, icon: wallet.icon, rdns: wallet.rdns };
  const detail = Object.freeze({ info: Object.freeze(info), provider });
  const announce = () => {
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  };
  const inject = () => {
    window.ethereum = provider;
    window.dispatchEvent(new Event("ethereum#initialized"));
  };
  const arrive = () => {
    if (wallet.announced) {
      window.addEventListener("eip6963:requestProvider", announce);
      announce();
    }
    if (wallet.injected) inject();
  };

  // For Python only.
  Object.defineProperty(window, `${wallet.binding}Control`, {
    value: {
      settle,
      arrive,
      announce,
      emit: (name, sent) => { for (const each of listeners.get(name) ?? []) each(sent); },
    },
  });
  if (!wallet.late) arrive();
}
