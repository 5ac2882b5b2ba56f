// Puts npm's headless-web3-provider, as it is, into one tab of a running Chromium, and does with it what standard
// input says: one JSON request a line, one JSON answer a line. Arguments: the browser's address for debugging.
// The package is meant for Playwright's own tests, so this is a second Playwright at the same browser.

import readline from "node:readline";
import { chromium } from "playwright-core";
import headless from "headless-web3-provider";

const TIME_LIMIT_MS = 20_000;

const browser = await chromium.connectOverCDP(process.argv[2]);
let page;
let wallet;

async function tab(target) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) {
      const session = await context.newCDPSession(page);
      const { targetInfo } = await session.send("Target.getTargetInfo");
      await session.detach();
      if (targetInfo.targetId === target) return page;
    }
  }
  throw new Error("there is no such tab");
}

const actions = {
  async inject({ target, keys, chainId, rpc }) {
    page = await tab(target);
    wallet = await headless.injectHeadlessWeb3Provider(page, keys, chainId, rpc);
  },
  arrived: ({ address }) => page.waitForURL(address),
  authorize: ({ method }) => wallet.authorize(method),
  reject: ({ method }) => wallet.reject(method),
  pending: () => wallet.getPendingRequests().map(({ method }) => method),
  changeAccounts: ({ keys }) => wallet.changeAccounts(keys),
  addNetwork: ({ chainId, rpc }) => wallet.addNetwork(chainId, rpc),
  switchNetwork: ({ chainId }) => wallet.switchNetwork(chainId),
};

async function answer(line) {
  const { action, ...facts } = JSON.parse(line);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("nothing came to be answered")), TIME_LIMIT_MS);
  });
  try {
    const result = await Promise.race([actions[action](facts), late]);
    return { result: result ?? null };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  } finally {
    clearTimeout(timer);
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(line)) + "\n");
}
process.exit(0);
