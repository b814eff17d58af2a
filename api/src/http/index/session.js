// Who works on this page. What proves it stays in this tab (sessionStorage) and goes out in headers and in the first
// message of a WebSocket only, never in an address.
const KEPT = "recado.session";
const RENEW_BEFORE_MS = 30_000;

function kept() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
}

function keep(session) {
  if (session) sessionStorage.setItem(KEPT, JSON.stringify(session));
  else sessionStorage.removeItem(KEPT);
  at("who").textContent = session ? session.who : "Not logged in.";
  at("forget").hidden = !session;
  at("login").hidden = at("token").hidden = Boolean(session);
}

async function post(body, token) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  if (token) headers.authorization = "Bearer " + token;
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}

// Begins or renews a session; the answer's own words if there is none.
async function begin(mutation, input, who) {
  const type = mutation[0].toUpperCase() + mutation.slice(1) + "Input";
  const query = "mutation($input: " + type + "!) { payload: " + mutation + "(input: $input) { " +
    "accessToken refreshToken expiresAt userErrors { message } } }";
  const { data, errors } = await post({ query, variables: { input } });
  const { accessToken, refreshToken, expiresAt, userErrors } = data?.payload ?? { userErrors: errors };
  keep(accessToken ? { token: accessToken, refreshToken, expiresAt, who } : null);
  if (!accessToken) at("who").textContent = userErrors[0].message;
}

// Renewed as long as the page is used, for an access token does not last. One at a time: a refresh token counts once.
let renewal = null;

async function currentToken() {
  const session = kept();
  if (session?.expiresAt && Date.parse(session.expiresAt) - Date.now() < RENEW_BEFORE_MS) {
    renewal ??= begin("refreshSession", { refreshToken: session.refreshToken }, session.who);
    await renewal.finally(() => (renewal = null));
  }
  return kept()?.token;
}

at("login").onsubmit = async (event) => {
  event.preventDefault();
  try {
    const email = at("email").value;
    await begin("login", { email, password: at("password").value }, "Logged in as " + email + ".");
    at("password").value = "";
  } catch (error) {
    at("who").textContent = String(error);
  }
};

at("token").onsubmit = (event) => {
  event.preventDefault();
  keep({ token: at("bearer").value.trim(), who: "Using a token." });
  at("bearer").value = "";
};

at("forget").onclick = async () => {
  const session = kept();
  keep(null);
  if (!session.refreshToken) return;
  const query = "mutation($input: LogoutInput!) { logout(input: $input) { userErrors { message } } }";
  const variables = { input: { refreshToken: session.refreshToken } };
  await post({ query, variables }, session.token).catch(() => {});
};

keep(kept());
