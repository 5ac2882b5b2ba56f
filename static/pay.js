// A wallet of this browser pays what a preview shows: on its account and network alone, which are compared right before.
// Once the wallet was asked, nobody here can know whether it sends: every end leads to the page of the payment.

import { Trouble, walletPanel } from "./wallet-panel.js";

const METHODS = ["eth_sendTransaction", "wallet_sendCalls"];
const HASH = /^0x[0-9a-fA-F]{64}$/;
const MAX_ID = 8192;
const ASK_AGAIN_MS = 2000;
const MOST_ASKED = 90;

const panel = document.querySelector("[data-wallets]");
const form = document.getElementById("confirm");

if (panel) {
  // Where no wallet inside signs, the form is only read.
  if (!form.querySelector("[type=submit]")) form.addEventListener("submit", (event) => { event.preventDefault(); });
  walletPanel(panel, { act: pay, wrong });
}

function wrong({ address, chain }) {
  if (address.toLowerCase() !== panel.dataset.account.toLowerCase()) return "other-account";
  return chain === panel.dataset.chain ? undefined : "other-network";
}

async function pay(run, { wait, ask, tellServer, finish, status, words }) {
  // Not the whole form: a passphrase in it is for the wallet inside.
  if (form.elements.typed && !form.elements.typed.reportValidity()) throw new Trouble("unconfirmed");
  const several = Number(panel.dataset.calls) > 1;
  const batch = several && await makesBatches(run, ask);
  const fields = { ...run.facts, fee: form.elements.fee?.value ?? "", typed: form.elements.typed?.value ?? "", batch: batch ? "yes" : "no" };
  const asked = await tellServer(run, panel.dataset.request, fields);
  if (!Array.isArray(asked?.requests) || typeof asked.id !== "string") throw new Trouble("unreachable");
  const page = `${panel.dataset.payments}/${asked.id}`;
  const [request] = asked.requests;
  run.handed = true;
  try {
    // None the second time: a wallet that is asked twice may pay twice.
    if (asked.requests.length !== 1 || !METHODS.includes(request.method)) throw new Trouble("unreachable");
    wait(run, "paying");
    const answer = read(await ask(run, request.method, request.params));
    if (answer) {
      const isBatch = request.method === "wallet_sendCalls";
      // A batch's id may look like a hash and is none: looked for as one it would count as lost, and be paid again.
      // Guarded by tests/browser/money/test_batches.py::test_a_card_of_two_calls.
      if (!isBatch || !HASH.test(answer)) await tellServer(run, `${page}/handed`, { answer });
      status(words("sent"), true);
      if (isBatch) await follow(run, ask, tellServer, wait, page, answer);
    }
  } catch (error) {
    // Only a wallet that says that its owner declined has surely not sent it.
    if (isRejection(error)) await fetch(`${page}/abandon`, { method: "POST", body: new URLSearchParams(), redirect: "manual" }).catch(() => {});
  }
  finish(run);
  location.assign(page);
}

async function makesBatches(run, ask) {
  try {
    const told = await ask(run, "wallet_getCapabilities", [run.facts.address, [run.facts.chain]]);
    return ["supported", "ready"].includes(told?.[run.facts.chain]?.atomic?.status);
  } catch {
    return false;
  }
}

/** The hash of a transaction, or the id of a batch, as EIP-5792 gives it in one form or the other. */
function read(answer) {
  const text = typeof answer === "string" ? answer : answer?.id;
  return typeof text === "string" && text.length <= MAX_ID ? text : undefined;
}

/** Ask what became of a batch until the wallet names its transaction. */
async function follow(run, ask, tellServer, wait, page, id) {
  wait(run, "batch");
  for (let asked = 0; asked < MOST_ASKED; asked += 1) {
    const told = await ask(run, "wallet_getCallsStatus", [id]);
    const hash = told?.receipts?.[0]?.transactionHash;
    if (typeof hash === "string" && HASH.test(hash)) {
      await tellServer(run, `${page}/handed`, { answer: hash });
      return;
    }
    await Promise.race([new Promise((resolve) => { setTimeout(resolve, ASK_AGAIN_MS); }), run.ended]);
  }
}

function isRejection(error) {
  try {
    return [4001, "ACTION_REJECTED"].includes(error?.code ?? error?.data?.originalError?.code);
  } catch {
    return false;
  }
}
