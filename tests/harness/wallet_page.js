// A page that meets wallets as any page does: it notes who announces itself, and asks them what a test wants asked.
"use strict";

const met = new Map();
const announcements = [];
const outcomes = {};
const started = {};
const events = [];
let told = () => {};

window.addEventListener("eip6963:announceProvider", ({ detail }) => {
  try {
    meet(detail);
  } catch {
    announcements.push("malformed");
  }
});

function meet(detail) {
  announcements.push(detail.info.name);
  if (met.has(detail.info.uuid)) return;
  met.set(detail.info.uuid, detail);
  for (const name of ["accountsChanged", "chainChanged"]) {
    detail.provider.on(name, (value) => {
      events.push([detail.info.name, name, value]);
      told();
    });
  }
}

const provider = (name) => {
  for (const { info, provider } of met.values()) if (name === "" || info.name === name) return provider;
  return window.ethereum;
};

const soon = (promise) => {
  const late = new Promise((_, reject) => { setTimeout(() => reject(new Error("not within 10 s")), 10_000); });
  return Promise.race([promise, late]);
};

const named = (thrown) => ({ error: { code: thrown.code, message: thrown.message } });

window.dapp = {
  look: () => window.dispatchEvent(new Event("eip6963:requestProvider")),
  names: () => [...met.values()].map(({ info }) => info.name),
  icons: () => [...met.values()].map(({ info }) => info.icon),
  announcements: () => announcements,
  events: () => events,
  ask: async (name, method, params) => {
    try {
      return { result: await provider(name).request({ method, params }) };
    } catch (thrown) {
      return named(thrown);
    }
  },
  start: (key, name, method, params) => {
    started[key] = window.dapp.ask(name, method, params).then((outcome) => (outcomes[key] = outcome));
  },
  settled: (key) => soon(started[key]),
  told: (count) => soon(new Promise((done) => {
    told = () => events.length >= count && done();
    told();
  })),
  outcome: (key) => outcomes[key] ?? null,
  kind: async (name, method) => {
    let value;
    try {
      value = await provider(name).request({ method });
    } catch (thrown) {
      value = thrown;
      try {
        if (value.code === undefined && value.message === undefined) return "thrown nothing";
      } catch (trap) {
        return "thrown trap";
      }
      return "thrown";
    }
    return value === null ? "null" : typeof value;
  },
};
window.dapp.look();
