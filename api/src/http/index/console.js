"use strict";
const at = (id) => document.getElementById(id);
let token = "";
let socket = null;

at("query").value = "query Inbox {\n  conversations(first: 10) {\n    nodes {\n      id\n      contact { name }\n" +
  "      unreadCount\n    }\n  }\n}\n";

function show(value) {
  at("result").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

async function post(query, variables) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  if (token) headers.authorization = "Bearer " + token;
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return answer.json();
}

function variables() {
  const text = at("variables").value.trim();
  return text ? JSON.parse(text) : undefined;
}

function stop() {
  if (socket) socket.close(1000);
  socket = null;
  at("stop").disabled = true;
}

function subscribe(query, values) {
  stop();
  show("");
  const opened = new WebSocket(location.origin.replace(/^http/, "ws") + "/graphql", "graphql-transport-ws");
  socket = opened;
  at("stop").disabled = false;
  const send = (message) => opened.send(JSON.stringify(message));
  opened.onopen = () =>
    send({ type: "connection_init", payload: token ? { authorization: "Bearer " + token } : {} });
  opened.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "connection_ack") {
      send({ id: "1", type: "subscribe", payload: { query, variables: values } });
    } else if (message.type === "next" || message.type === "error") {
      at("result").textContent += JSON.stringify(message.payload, null, 2) + "\n\n";
    }
  };
  opened.onclose = (event) => {
    if (socket === opened) stop();
    at("result").textContent += "closed: " + event.code + " " + event.reason + "\n";
  };
}

async function run() {
  try {
    const query = at("query").value;
    const values = variables();
    if (/^\s*subscription\b/m.test(query)) subscribe(query, values);
    else show(await post(query, values));
  } catch (error) {
    show(String(error));
  }
}

at("run").onclick = run;
at("stop").onclick = stop;
document.onkeydown = (event) => {
  if (event.ctrlKey && event.key === "Enter") run();
};

at("login").onsubmit = async (event) => {
  event.preventDefault();
  try {
    const query = "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }";
    const input = { email: at("email").value, password: at("password").value };
    const answer = await post(query, { input });
    const payload = answer.data && answer.data.login;
    token = (payload && payload.accessToken) || "";
    at("who").textContent = token ? "Logged in as " + input.email + "." : "Not logged in.";
    if (!token) show(answer);
  } catch (error) {
    show(String(error));
  }
};

at("token").onsubmit = (event) => {
  event.preventDefault();
  token = at("bearer").value.trim();
  at("who").textContent = token ? "Using a token." : "Not logged in.";
};

at("schema").onclick = async () => {
  const type = "type { name kind ofType { name kind ofType { name kind ofType { name } } } }";
  const query = `{ __schema { queryType { name } mutationType { name } subscriptionType { name }
    types { name kind description fields { name description args { name ${type} } ${type} } } } }`;
  const name = (type) =>
    type.kind === "NON_NULL" ? name(type.ofType) + "!"
      : type.kind === "LIST" ? "[" + name(type.ofType) + "]" : type.name;
  try {
    const answer = await post(query);
    if (!answer.data) return show(answer);
    const schema = answer.data.__schema;
    const roots = [schema.queryType, schema.mutationType, schema.subscriptionType].filter(Boolean);
    const order = (type) => { const place = roots.findIndex((root) => root.name === type.name); return place < 0 ? 9 : place; };
    const types = schema.types.filter((type) => type.fields && !type.name.startsWith("__"));
    types.sort((one, other) => order(one) - order(other) || one.name.localeCompare(other.name));
    const field = (field) => {
      const args = field.args.map((arg) => arg.name + ": " + name(arg.type)).join(", ");
      return "  " + field.name + (args ? "(" + args + ")" : "") + ": " + name(field.type) +
        (field.description ? "\n      " + field.description.split("\n")[0] : "");
    };
    show(types.map((type) => type.name + "\n" + type.fields.map(field).join("\n")).join("\n\n"));
  } catch (error) {
    show(String(error));
  }
};
