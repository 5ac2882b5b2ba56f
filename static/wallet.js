// A wallet of this browser signs what the page asks for, and the page's own form sends the signatures. Only pages with a
// wallet on them load this.

import { Trouble, walletPanel } from "./wallet-panel.js";

const METHODS = ["eth_signTypedData_v4", "personal_sign"];
const SIGNATURE = /^0x([0-9a-fA-F]{2}){1,2048}$/;

const panel = document.querySelector("[data-wallets]");
if (panel) {
  walletPanel(panel, { act: sign });

  // Return in the field of the node would send the form without a signature, unless one is kept in it.
  const form = panel.querySelector("[data-part=form]");
  form.addEventListener("submit", (event) => {
    if (!form.elements.signature_1) event.preventDefault();
  });
}

async function sign(run, { wait, ask, read, same, ...tools }) {
  const asked = await tools.tellServer(run, panel.dataset.request, run.facts);
  const usable = asked?.requests?.length && asked.requests.every((each) => METHODS.includes(each.method));
  if (!usable) throw new Trouble("unreachable");
  const signatures = [];
  for (const { method, params } of asked.requests) {
    const numbers = { number: String(signatures.length + 1), count: String(asked.requests.length) };
    wait(run, asked.requests.length > 1 ? "signing-nth" : "signing", numbers);
    const signature = await ask(run, method, params);
    if (typeof signature !== "string" || !SIGNATURE.test(signature)) throw new Trouble("garbage");
    signatures.push(signature);
  }
  if (!same(run.facts, await read(run, "eth_accounts"))) throw new Trouble("changed");
  submit(run, asked.id, signatures, tools);
}

function submit(run, id, signatures, { part, status, words, finish }) {
  const form = part("form");
  form.querySelectorAll("[name^=signature_]").forEach((kept) => kept.remove());
  form.elements.id.value = id;
  signatures.forEach((signature, index) => {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = `signature_${index + 1}`;
    field.value = signature;
    form.append(field);
  });
  finish(run);
  part("waiting").hidden = true;
  status(words("signed"), true);
  form.submit();
}
