// GraphQL over server-sent events, distinct connections: its reference client, and the stream's bytes.
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
import { strict as assert } from "node:assert";
import { createClient } from "graphql-sse";
import { ADDED, customerWrites, judge, login, newNumber, stream } from "./lib.mjs";

const token = await login();
const headers = { authorization: `Bearer ${token}` };

function open(query, { method = "POST", variables, own = headers } = {}) {
  const accept = { accept: "text/event-stream", ...own };
  if (method === "GET") return fetch(`${stream}?${new URLSearchParams({ query })}`, { headers: accept });
  const body = JSON.stringify({ query, variables });
  return fetch(stream, { method, headers: { ...accept, "content-type": "application/json" }, body });
}

/** The events of a stream that ends by itself. */
async function events(answer) {
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/event-stream/);
  const blocks = (await answer.text()).split(/\r?\n\r?\n/).filter((block) => block.trim());
  return blocks.map(parse).filter(({ event }) => event !== undefined);
}

function parse(block) {
  const fields = { data: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^(event|data|id): ?(.*)$/.exec(line) ?? [];
    if (name === "data") fields.data += value;
    else if (name) fields[name] = value;
  }
  return { event: fields.event, id: fields.id, data: fields.data && JSON.parse(fields.data) };
}

function client() {
  return createClient({ url: stream, headers, retryAttempts: 0 });
}

async function items(query, variables) {
  const found = [];
  for await (const item of client().iterate({ query, variables })) found.push(item);
  return found;
}

await judge({
  "a query by POST gives next and complete": async () => {
    const found = await events(await open("{ __typename }"));
    assert.deepEqual(found.map(({ event }) => event), ["next", "complete"]);
    assert.equal(found[0].data.data.__typename, "Query");
  },
  "a query by GET gives next and complete": async () => {
    const found = await events(await open("{ __typename }", { method: "GET" }));
    assert.deepEqual(found.map(({ event }) => event), ["next", "complete"]);
  },
  "complete carries an empty data line, or browsers would not tell of it": async () => {
    const text = await (await open("{ __typename }")).text();
    assert.match(text, /event: ?complete\r?\ndata:/);
  },
  "a document that is not valid comes as next with errors, then complete": async () => {
    const found = await events(await open("{ nothing }"));
    assert.deepEqual(found.map(({ event }) => event), ["next", "complete"]);
    assert.ok(found[0].data.errors[0].message && !("data" in found[0].data));
  },
  "a mutation by GET is refused": async () => {
    const query = "mutation { logout(input: { refreshToken: \"none\" }) { userErrors { message } } }";
    const answer = await open(query, { method: "GET" });
    if (answer.status === 405) return void (await answer.body?.cancel());
    const [next] = await events(answer);
    assert.ok(next.data.errors && !next.data.data);
  },
  "the stream is not cached": async () => {
    const answer = await open("{ __typename }");
    assert.match(answer.headers.get("cache-control") ?? "", /no-store|no-cache/);
    await answer.text();
  },
  "without a token nothing of the business is shown": async () => {
    const answer = await open(ADDED, { own: {} });
    if (answer.status === 401) return void (await answer.body?.cancel());
    const [next] = await events(answer);
    assert.equal(next.data.errors[0].extensions.code, "UNAUTHENTICATED");
  },
  "a token that is not good is refused": async () => {
    const answer = await open("{ __typename }", { own: { authorization: "Bearer nonsense" } });
    if (answer.status === 401) return void (await answer.body?.cancel());
    const [next] = await events(answer);
    assert.equal(next.data.errors[0].extensions.code, "UNAUTHENTICATED");
  },
  "the reference client runs a query": async () => {
    assert.equal((await items("{ __typename }"))[0].data.__typename, "Query");
  },
  "the reference client is told of errors": async () => {
    const [item] = await items("{ nothing }");
    assert.ok(item.errors.length > 0);
  },
  "the reference client hears what a customer writes, and may leave": async () => {
    const [number, text] = [newNumber(), `stream ${Math.random()}`];
    const again = setInterval(() => customerWrites(number, text).catch(() => {}), 500);
    try {
      for await (const { data } of client().iterate({ query: ADDED })) {
        if (data.messageAdded.content.body !== text) continue;
        assert.equal(data.messageAdded.conversation.contact.phone, `+${number}`);
        return;
      }
    } finally {
      clearInterval(again);
    }
    throw new Error("the stream ended");
  },
});
