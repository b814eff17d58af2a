// graphql-transport-ws: its reference client, and its rules one by one from the outside.
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
import { strict as assert } from "node:assert";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { ADDED, address, customerWrites, judge, login, newNumber, post, socket } from "./lib.mjs";

const PROTOCOL = "graphql-transport-ws";
const token = await login();
const authorization = `Bearer ${token}`;
const TYPENAME = { query: "{ __typename }" };

/** A raw socket: what it receives in order, and how it closes. */
class Raw {
  constructor(protocols = PROTOCOL, options = {}) {
    this.socket = new WebSocket(socket, protocols, options);
    this.received = [];
    this.waiting = [];
    this.opened = new Promise((resolve, refuse) => this.socket.once("open", resolve).once("error", refuse));
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on("message", (data) => {
      const message = JSON.parse(data);
      const taker = this.waiting.shift();
      if (taker) taker(message);
      else this.received.push(message);
    });
    this.opened.catch(() => {});
  }

  static async ready(payload = { authorization }) {
    const raw = new Raw();
    await raw.opened;
    raw.send({ type: "connection_init", payload });
    assert.deepEqual(await raw.next(), { type: "connection_ack" });
    return raw;
  }

  send(message) {
    this.socket.send(typeof message === "string" || message instanceof Buffer ? message : JSON.stringify(message));
  }

  subscribe(id, payload) {
    this.send({ id, type: "subscribe", payload });
  }

  next() {
    const message = this.received.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Everything up to a message that is asked for only to know that nothing else comes before it. */
  async silence() {
    const marker = { at: Math.random() };
    this.send({ type: "ping", payload: marker });
    assert.deepEqual(await this.next(), { type: "pong", payload: marker });
  }

  async closesWith(code) {
    const closed = await this.closed;
    assert.equal(closed.code, code, closed.reason);
    assert.ok(Buffer.byteLength(closed.reason) <= 123, "the reason is too long for a close frame");
  }

  end() {
    this.socket.close(1000);
    return this.closed;
  }
}

/** The messages of an operation up to its end. */
async function outcome(payload, init) {
  const raw = await Raw.ready(init);
  raw.subscribe("1", payload);
  const messages = [];
  do messages.push(await raw.next());
  while (messages.at(-1).type === "next");
  await raw.end();
  return messages;
}

async function closesAfter(code, ...messages) {
  const raw = await Raw.ready();
  for (const message of messages) raw.send(message);
  await raw.closesWith(code);
}

function client() {
  return createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: { authorization }, retryAttempts: 0 });
}

/** The first item of an operation, as the reference client gives it. */
async function first(client, payload) {
  for await (const item of client.iterate(payload)) return item;
  throw new Error("the operation ended without a result");
}

await judge({
  "the sub-protocol is chosen when offered alone": async () => {
    const raw = await Raw.ready();
    assert.equal(raw.socket.protocol, PROTOCOL);
    await raw.end();
  },
  "the sub-protocol is chosen when the legacy one is offered first": async () => chooses(["graphql-ws", PROTOCOL]),
  "the sub-protocol is chosen when the legacy one is offered second": async () => chooses([PROTOCOL, "graphql-ws"]),
  "an unknown sub-protocol is not served": async () => unserved(["mqtt"]),
  "no sub-protocol is not served": async () => unserved([]),
  "operations wait for the acknowledgement (4401)": async () => {
    const raw = new Raw();
    await raw.opened;
    raw.subscribe("1", TYPENAME);
    await raw.closesWith(4401);
  },
  "a second connection_init is refused (4429)": () => closesAfter(4429, { type: "connection_init" }),
  "connection_init must come in time (4408)": async () => {
    const raw = new Raw();
    await raw.opened;
    await raw.closesWith(4408);
  },
  "an id that runs cannot be used again (4409)": () => {
    const subscribe = { id: "1", type: "subscribe", payload: { query: ADDED } };
    return closesAfter(4409, subscribe, subscribe);
  },
  "an id that ended can be used again": async () => {
    const raw = await Raw.ready();
    for (let round = 0; round < 2; round++) {
      raw.subscribe("again", TYPENAME);
      assert.equal((await raw.next()).type, "next");
      assert.deepEqual(await raw.next(), { id: "again", type: "complete" });
    }
    await raw.end();
  },
  "text that is no JSON is refused (4400)": () => closesAfter(4400, "not JSON"),
  "an array is refused (4400)": () => closesAfter(4400, "[]"),
  "an unknown type is refused (4400)": () => closesAfter(4400, { type: "x".repeat(200) }),
  "a subscribe without an id is refused (4400)": () => closesAfter(4400, { type: "subscribe", payload: TYPENAME }),
  "a subscribe without a query is refused (4400)": () => closesAfter(4400, { id: "1", type: "subscribe", payload: {} }),
  "a binary frame is refused (4400)": () => closesAfter(4400, Buffer.from([1, 2, 3])),
  "a token that is not good is refused (4403)": async () => {
    const raw = new Raw();
    await raw.opened;
    raw.send({ type: "connection_init", payload: { authorization: "Bearer nonsense" } });
    await raw.closesWith(4403);
  },
  "without a token nothing of the business is shown": async () => {
    const [message] = await outcome({ query: "{ conversations(first: 1) { totalCount } }" }, {});
    const errors = message.type === "error" ? message.payload : message.payload.errors;
    assert.equal(errors[0].extensions.code, "UNAUTHENTICATED");
  },
  "a page of another origin has no rights of its own": async () => {
    const raw = new Raw(PROTOCOL, { origin: "https://attacker.example" });
    const opened = await Promise.race([raw.opened.then(() => true, () => false), raw.closed.then(() => false)]);
    if (!opened) return;
    raw.send({ type: "connection_init" });
    await raw.next();
    raw.subscribe("1", { query: ADDED });
    assert.equal((await raw.next()).type, "error");
    await raw.end();
  },
  "ping is answered before the acknowledgement": async () => {
    const raw = new Raw();
    await raw.opened;
    raw.send({ type: "ping" });
    assert.deepEqual(await raw.next(), { type: "pong" });
    await raw.end();
  },
  "ping is answered with its payload": async () => {
    const raw = await Raw.ready();
    await raw.silence();
    await raw.end();
  },
  "pong is taken without a word": async () => {
    const raw = await Raw.ready();
    raw.send({ type: "pong", payload: { any: 1 } });
    await raw.silence();
    await raw.end();
  },
  "a query gives next and complete": async () => {
    const [next, complete] = await outcome(TYPENAME);
    assert.deepEqual([next.id, next.type, next.payload.data], ["1", "next", { __typename: "Query" }]);
    assert.deepEqual(complete, { id: "1", type: "complete" });
  },
  "a mutation gives next and complete": async () => {
    const query = "mutation { logout(input: { refreshToken: \"none\" }) { userErrors { message } } }";
    assert.deepEqual((await outcome({ query })).map(({ type }) => type), ["next", "complete"]);
  },
  "variables and the operation's name count": async () => {
    const query = "query One { one: __typename } query Other($id: ID!) { node(id: $id) { id } }";
    const [next] = await outcome({ query, operationName: "Other", variables: { id: "nothing" } });
    assert.deepEqual(next.payload.data, { node: null });
  },
  "a document that does not parse gives error": () => isError({ query: "{" }),
  "a document that is not valid gives error": () => isError({ query: "{ nothing }" }),
  "variables that do not fit give error": () => isError({ query: "query ($id: ID!) { node(id: $id) { id } }" }),
  "an operation that is not there gives error": () => isError({ query: "query A { __typename }", operationName: "B" }),
  "a subscription has one root field": () =>
    isError({ query: "subscription { messageAdded { id } messageUpdated { id } }" }),
  "an error ends its operation only": async () => {
    const raw = await Raw.ready();
    raw.subscribe("1", { query: "{ nothing }" });
    assert.equal((await raw.next()).type, "error");
    raw.subscribe("1", TYPENAME);
    assert.equal((await raw.next()).type, "next");
    await raw.end();
  },
  "complete is not echoed, and for an unknown id it is taken": async () => {
    const raw = await Raw.ready();
    raw.subscribe("1", { query: ADDED });
    raw.send({ id: "1", type: "complete" });
    raw.send({ id: "never", type: "complete" });
    await raw.silence();
    await raw.end();
  },
  "a large document and a large answer pass": async () => {
    const query = `{ ${"#".padEnd(30_000, "x")}\n __schema { types { name description fields { name description } } } }`;
    const [next] = await outcome({ query });
    assert.ok(next.payload.data.__schema.types.length > 50);
    assert.ok(JSON.stringify(next).length > 16_384);
  },
  "a message beyond every size closes the socket, and nothing else": async () => {
    const raw = await Raw.ready();
    raw.socket.on("error", () => {});
    raw.subscribe("1", { query: `{ __typename } #${"x".repeat(4 << 20)}` });
    await raw.closed;
    assert.equal((await post("{ __typename }", {}, token)).data.__typename, "Query");
  },
  "operations of one socket run side by side": async () => {
    const raw = await Raw.ready();
    for (let id = 0; id < 20; id++) raw.subscribe(String(id), TYPENAME);
    const ended = new Set();
    while (ended.size < 20) {
      const { id, type } = await raw.next();
      if (type === "complete") ended.add(id);
    }
    await raw.end();
  },
  "the reference client runs a query": async () => {
    const item = await first(client(), TYPENAME);
    assert.equal(item.data.__typename, "Query");
  },
  "the reference client hears what a customer writes": async () => {
    const [number, text] = [newNumber(), `socket ${Math.random()}`];
    const live = client();
    const heard = (async () => {
      for await (const { data } of live.iterate({ query: ADDED })) {
        if (data.messageAdded.content.body === text) return data.messageAdded;
      }
    })();
    await new Promise((resolve) => live.on("connected", resolve));
    // Twice, for the first may come before the subscription runs.
    await customerWrites(number, text);
    const again = setInterval(() => customerWrites(number, text).catch(() => {}), 1000);
    const message = await heard;
    clearInterval(again);
    assert.equal(message.conversation.contact.phone, `+${number}`);
    await live.dispose();
  },
  "the reference client is told of errors": async () => {
    await assert.rejects(first(client(), { query: "{ nothing }" }));
  },
  "the upgrade needs its headers": async () => {
    const answer = await fetch(`${address}/graphql`, { headers: { "sec-websocket-version": "13" } });
    assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}`);
  },
});

async function chooses(protocols) {
  const raw = new Raw(protocols);
  await raw.opened;
  assert.equal(raw.socket.protocol, PROTOCOL);
  raw.send({ type: "connection_init", payload: { authorization } });
  await raw.next();
  raw.subscribe("1", TYPENAME);
  assert.equal((await raw.next()).type, "next", "the legacy protocol says data");
  await raw.end();
}

async function unserved(protocols) {
  const raw = new Raw(protocols);
  raw.socket.on("error", () => {});
  const { code } = await raw.closed;
  assert.ok([1006, 4406].includes(code), `closed with ${code}`);
}

async function isError(payload) {
  const messages = await outcome(payload);
  assert.equal(messages.length, 1);
  assert.equal(messages[0].type, "error");
  assert.ok(Array.isArray(messages[0].payload) && messages[0].payload[0].message);
}
