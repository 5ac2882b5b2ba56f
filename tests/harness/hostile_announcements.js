// Announcements (EIP-6963) of a page's other scripts that no wallet makes, at the start and whenever wallets are asked
// for. Nothing of them may be run, fetched or believed, and the honest wallets beside them stay usable.
(() => {
  "use strict";
  if (window !== window.top) return;
  const request = async () => { throw new Error("a hostile wallet was asked"); };
  const provider = { request, on: () => {}, removeListener: () => {} };
  const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3C/svg%3E";
  const info = (change) => ({ uuid: crypto.randomUUID(), name: "Hostile", icon, rdns: "example.hostile", ...change });
  const trap = new Proxy({}, { get() { throw new Error("a trap"); } });

  // The same objects each time, as a wallet's are.
  const details = [
    undefined,
    null,
    5,
    "text",
    {},
    { info: null, provider },
    { info: info({ uuid: 5 }), provider },
    { info: info(), provider: null },
    { info: info(), provider: { request: "text" } },
    { info: info({ name: 5 }), provider },
    { info: info({ name: "<img src=x onerror=alert(1)><script>alert(1)</script>" }), provider },
    { info: info({ name: "\u202Eeslaf \u0000\n".repeat(20_000) }), provider },
    { info: info({ icon: "https://icons.example/wallet.png" }), provider },
    { info: info({ icon: "javascript:alert(1)" }), provider },
    { info: info({ icon: "data:text/html,<script>alert(1)</script>" }), provider },
    { info: info({ icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" }), provider },
    { info: info({ icon: `data:image/png;base64,${"A".repeat(2_000_000)}` }), provider },
    { info: info({ icon: trap }), provider },
    trap,
    { info: trap, provider },
    { info: info(), provider: trap },
    ...Array.from({ length: 100 }, (_, number) => ({ info: info({ name: `Hostile ${number}` }), provider })),
  ];
  const announce = () => {
    for (const detail of details) window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  };
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
