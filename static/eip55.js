// The spelling of an address that wallets show (EIP-55): capitals that depend on its Keccak-256.
// Only for showing: what counts is spelled and checked by the server.

const BLOCK = 136;
const MASK = (1n << 64n) - 1n;

export function spelled(address) {
  const digits = address.slice(2).toLowerCase();
  const hash = keccak256(new TextEncoder().encode(digits));
  return `0x${[...digits].map((each, index) => (parseInt(hash[index], 16) > 7 ? each.toUpperCase() : each)).join("")}`;
}

// The first version of Keccak, padded by 1 as Ethereum has it; of one block at most. Gives 64 hex digits.
function keccak256(bytes) {
  const block = new Uint8Array(BLOCK);
  block.set(bytes);
  block[bytes.length] ^= 0x01;
  block[BLOCK - 1] ^= 0x80;
  const lanes = new BigUint64Array(25);
  const view = new DataView(block.buffer);
  for (let index = 0; index < BLOCK / 8; index += 1) lanes[index] = view.getBigUint64(8 * index, true);
  permute(lanes);
  return [0, 1, 2, 3].map((index) => hexadecimal(lanes[index])).join("");
}

// Keccak-f[1600]: https://keccak.team/keccak_specs_summary.html
function permute(lanes) {
  let feedback = 1;
  for (let round = 0; round < 24; round += 1) {
    const columns = [0, 1, 2, 3, 4].map((x) => lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]);
    lanes.forEach((_lane, index) => {
      lanes[index] ^= columns[(index + 4) % 5] ^ rotated(columns[(index + 1) % 5], 1);
    });
    let [x, y, moved] = [1, 0, lanes[1]];
    for (let step = 0; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const next = lanes[x + 5 * y];
      lanes[x + 5 * y] = rotated(moved, (((step + 1) * (step + 2)) / 2) % 64);
      moved = next;
    }
    for (let row = 0; row < 25; row += 5) {
      const before = lanes.slice(row, row + 5);
      before.forEach((lane, column) => {
        lanes[row + column] = lane ^ (~before[(column + 1) % 5] & before[(column + 2) % 5]);
      });
    }
    for (let bit = 0; bit < 7; bit += 1) {
      feedback = (feedback << 1) ^ ((feedback >> 7) * 0x171);
      if (feedback & 2) lanes[0] ^= 1n << BigInt((1 << bit) - 1);
    }
  }
}

function rotated(lane, by) {
  return ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & MASK;
}

// The bytes of a lane, the lowest first.
function hexadecimal(lane) {
  const digits = lane.toString(16).padStart(16, "0");
  return digits.match(/../g).reverse().join("");
}
