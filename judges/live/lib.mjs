// What the judges of a running service share: where it is, who they are, and how probes are counted.
import { strict as assert } from "node:assert";

/** The service's GraphQL endpoint over HTTP and WebSocket, and its event streams. */
export const address = env("RECADO_ADDRESS").replace(/\/$/, "");
export const http = `${address}/graphql`;
export const socket = http.replace(/^http/, "ws");
export const stream = `${http}/stream`;
/** The simulator's customers. */
export const phone = env("RECADO_PHONE").replace(/\/$/, "");
export const email = env("RECADO_EMAIL");
export const password = env("RECADO_PASSWORD");

function env(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start the judges with judges/run`);
  return value;
}

/** What is said, by whom. */
export const ADDED = `subscription Added {
  messageAdded { conversation { contact { phone } } content { ... on TextContent { body } } }
}`;

const LOGIN = "mutation Login($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }";

/** One operation by POST; its result as it came. */
export async function post(query, variables, token) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(http, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return answer.json();
}

/** An access token of the demo's administrator. */
export async function login() {
  const { data } = await post(LOGIN, { input: { email, password } });
  assert.deepEqual(data.login.userErrors, []);
  return data.login.accessToken;
}

/** Makes a customer write, so that something happens. */
export async function customerWrites(number, text) {
  const body = JSON.stringify({ type: "text", text: { body: text } });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${phone}/simulator/customers/${number}/messages`, { method: "POST", headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

/** A phone number of this run's own, so that runs and judges do not meet. */
export function newNumber() {
  return `34699${String(Math.floor(Math.random() * 1e6)).padStart(6, "0")}`;
}

/** Fails if `promise` has not come true in time. */
export async function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`${what}: nothing within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs named probes side by side, prints those that failed, and ends the process with the verdict. */
export async function judge(probes) {
  const names = Object.keys(probes);
  const outcomes = await Promise.allSettled(names.map((name) => within(20, name, probes[name]())));
  const failed = names.map((name, index) => [name, outcomes[index]]).filter(([, { status }]) => status === "rejected");
  for (const [name, { reason }] of failed) console.error(`✗ ${name}\n  ${reason?.stack ?? reason}`);
  console.log(`${names.length - failed.length} of ${names.length} probes`);
  process.exit(failed.length === 0 ? 0 : 1);
}
