// libsignal's figures: PQXDH with a Kyber prekey, then messages of 200 B, with and without sealed sender.
//
// Every store keeps serialised bytes, as ours does, so that each step pays for reading and writing its state.
// Prints one JSON object: microseconds a step (the best of all batches), and the bytes of one message.

import * as signal from "@signalapp/libsignal-client";

const [ROUNDS, BATCH, TEXT_BYTES] = process.argv.slice(2).map(Number);
const TEXT = new Uint8Array(TEXT_BYTES).fill(120);
const ids = {
  alice: "9d0652a3-dcc3-4d11-975f-74d61598733f",
  bob: "796abedb-ca4e-4f18-8803-1fde5b921f9f",
};

class Sessions extends signal.SessionStore {
  kept = new Map();
  async saveSession(name, record) { this.kept.set(name.toString(), record.serialize()); }
  async getSession(name) {
    const bytes = this.kept.get(name.toString());
    return bytes ? signal.SessionRecord.deserialize(bytes) : null;
  }
  async getExistingSessions(names) { return Promise.all(names.map((name) => this.getSession(name))); }
}

class Identities extends signal.IdentityKeyStore {
  known = new Map();
  constructor(key) { super(); this.bytes = key.serialize(); }
  async getIdentityKey() { return signal.PrivateKey.deserialize(this.bytes); }
  async getLocalRegistrationId() { return 5; }
  async isTrustedIdentity() { return true; }
  async getIdentity(name) { return this.known.get(name.toString()) ?? null; }
  async saveIdentity(name, key) {
    this.known.set(name.toString(), key);
    return signal.IdentityChange.NewOrUnchanged;
  }
}

class NoPreKeys extends signal.PreKeyStore {
  async savePreKey() {}
  async getPreKey() { throw new Error("no one-time prekeys here"); }
  async removePreKey() {}
}

class SignedPreKeys extends signal.SignedPreKeyStore {
  constructor(record) { super(); this.bytes = record.serialize(); }
  async saveSignedPreKey() {}
  async getSignedPreKey() { return signal.SignedPreKeyRecord.deserialize(this.bytes); }
}

class KyberPreKeys extends signal.KyberPreKeyStore {
  constructor(record) { super(); this.bytes = record.serialize(); }
  async saveKyberPreKey() {}
  async getKyberPreKey() { return signal.KyberPreKeyRecord.deserialize(this.bytes); }
  async markKyberPreKeyUsed() {}
}

const trustRoot = signal.PrivateKey.generate();
const serverKey = signal.PrivateKey.generate();
const server = signal.ServerCertificate.new(1, serverKey.getPublicKey(), trustRoot);

class Person {
  constructor(name) {
    this.id = ids[name];
    this.address = signal.ProtocolAddress.new(this.id, 1);
    const identity = signal.PrivateKey.generate();
    const signed = signal.PrivateKey.generate();
    const kyber = signal.KEMKeyPair.generate();
    const signature = identity.sign(signed.getPublicKey().serialize());
    const kyberSignature = identity.sign(kyber.getPublicKey().serialize());
    this.identities = new Identities(identity);
    this.signed = new SignedPreKeys(
      signal.SignedPreKeyRecord.new(1, 0, signed.getPublicKey(), signed, signature));
    this.kyber = new KyberPreKeys(signal.KyberPreKeyRecord.new(1, 0, kyber, kyberSignature));
    this.bundle = signal.PreKeyBundle.new(5, 1, null, null, 1, signed.getPublicKey(), signature,
      identity.getPublicKey(), 1, kyber.getPublicKey(), kyberSignature);
    this.certificate = signal.SenderCertificate.new(this.id, null, 1, identity.getPublicKey(),
      Date.now() + 86_400_000, server, serverKey);
    this.preKeys = new NoPreKeys();
    this.sessions = new Sessions();
  }

  start(peer) {
    return signal.processPreKeyBundle(peer.bundle, peer.address, this.address, this.sessions, this.identities);
  }
  async plain(peer, text = TEXT) {
    return (await signal.signalEncrypt(text, peer.address, this.address, this.sessions, this.identities))
      .serialize();
  }
  readPlain(peer, bytes) {
    return signal.signalDecrypt(signal.SignalMessage.deserialize(bytes), peer.address, this.address,
      this.sessions, this.identities);
  }
  sealed(peer, text = TEXT) {
    return signal.sealedSenderEncryptMessage(text, peer.address, this.certificate, this.sessions,
      this.identities);
  }
  async readSealed(bytes) {
    const result = await signal.sealedSenderDecryptMessage(bytes, trustRoot.getPublicKey(), Date.now(), null,
      this.id, 1, this.sessions, this.identities, this.preKeys, this.signed, this.kyber);
    return result.message();
  }
}

async function meet() {
  const [alice, bob] = [new Person("alice"), new Person("bob")];
  await alice.start(bob);
  await bob.readSealed(await alice.sealed(bob));
  await alice.readSealed(await bob.sealed(alice));
  return [alice, bob];
}

function check(text) {
  if (text.length !== TEXT.length || text[0] !== TEXT[0]) throw new Error("another text came out");
}

const times = {};
async function timed(name, count, step) {
  const began = process.hrtime.bigint();
  for (let number = 0; number < count; number += 1) await step(number);
  (times[name] ??= []).push(Number(process.hrtime.bigint() - began) / 1000 / count);
}

const sizes = {};
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [kind, read] of [["plain", "readPlain"], ["sealed", "readSealed"]]) {
    const [alice, bob] = await meet();
    const sent = [];
    await timed(`${kind} encrypt`, BATCH, async () => { sent.push(await alice[kind](bob)); });
    await timed(`${kind} decrypt`, BATCH, async (number) => {
      check(await (read === "readPlain" ? bob.readPlain(alice, sent[number]) : bob.readSealed(sent[number])));
    });
    sizes[kind] = sent[0].length;
    await timed(`${kind} turn`, BATCH / 2, async () => {
      for (const [from, to] of [[alice, bob], [bob, alice]]) {
        const bytes = await from[kind](to);
        check(await (read === "readPlain" ? to.readPlain(from, bytes) : to.readSealed(bytes)));
      }
    });
  }
  const pairs = Array.from({ length: 10 }, () => [new Person("alice"), new Person("bob")]);
  await timed("sealed start", pairs.length, async (number) => {
    const [alice, bob] = pairs[number];
    await alice.start(bob);
    check(await bob.readSealed(await alice.sealed(bob)));
  });
}

const figures = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, Math.min(...values)]));
console.log(JSON.stringify({ figures, sizes }));
