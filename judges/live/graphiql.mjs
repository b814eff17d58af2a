// The page at `/` in a real browser. The CDN's files come from the npm package, so that the page's hashes are held
// against what was published; nothing else may be loaded.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { launch } from "puppeteer-core";
import { chromium } from "./chromium.mjs";
import { address, customerWrites, email, judge, login, newNumber, password } from "./lib.mjs";

const CDN = "https://cdn.jsdelivr.net/npm/";
// A container has no user namespaces for the sandbox; the page under test is our own.
const browser = await launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/** A file of the CDN as npm has it. */
function published(url) {
  const [, name, version, path] = /^([^@]+)@([^/]+)\/(.+)$/.exec(url.slice(CDN.length));
  const root = new URL(`../node_modules/${name}/`, import.meta.url);
  assert.equal(JSON.parse(readFileSync(new URL("package.json", root))).version, version, `${name} of the page and of npm`);
  return readFileSync(new URL(path, root), "utf8");
}

/** A page of its own session, what it complained of, and where it asked. `serve` gives a CDN file, or null for none. */
async function open(serve = published) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  // Shorter than the probe, so that the step which fails is named.
  page.setDefaultTimeout(8_000);
  page.complaints = [];
  page.addresses = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.complaints.push(message.text());
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
  });
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith("data:")) page.addresses.push(url);
    if (url.startsWith(address) || url.startsWith("data:")) return request.continue();
    const body = url.startsWith(CDN) ? serve(url) : null;
    if (body === null) return request.abort();
    const contentType = url.endsWith(".css") ? "text/css" : "text/javascript";
    return request.respond({ contentType, headers: { "access-control-allow-origin": "*" }, body });
  });
  await page.goto(address);
  return page;
}

async function logIn(page, secret = password) {
  await page.locator("#email").fill(email);
  await page.locator("#password").fill(secret);
  await page.locator("#login button").click();
}

function says(page, id, text) {
  return page.waitForFunction((id, text) => document.getElementById(id).textContent.includes(text), {}, id, text);
}

/** Opens the tab of an operation, runs it, and waits until its result has a text. */
async function run(page, operation, text) {
  const tab = await page.waitForSelector(`xpath///*[@role="tab"][contains(., "${operation}")]//button[1]`);
  await tab.click();
  // GraphiQL takes note of the tab's operation a moment later.
  await page.waitForFunction((name) => sessionStorage.getItem("graphiql:operationName") === name, {}, operation);
  await page.locator(".graphiql-execute-button").click();
  await result(page, text);
}

function result(page, text) {
  return page.waitForFunction(
    (text) => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue().includes(text), {}, text,
  );
}

await judge({
  "a person logs in, asks, listens and answers": async () => {
    const page = await open();
    await page.waitForSelector(".graphiql-container");
    await logIn(page, "wrong");
    await says(page, "who", "wrong");
    await logIn(page);
    await says(page, "who", `Logged in as ${email}.`);
    const text = `GraphiQL ${Math.random()}`;
    const again = setInterval(() => customerWrites(newNumber(), text).catch(() => {}), 500);
    await run(page, "Messages", text);
    clearInterval(again);
    await page.locator(".graphiql-execute-button").click();
    await run(page, "Inbox", text);
    await run(page, "Answer", '"status": "');
    await page.locator('[aria-label="Show Documentation Explorer"]').click();
    await page.waitForSelector(".graphiql-doc-explorer-content");
    await page.locator('[aria-label="Open short keys dialog"]').click();
    await page.waitForSelector(".graphiql-dialog");
    await page.keyboard.press("Escape");
    await page.locator('[aria-label="Open settings dialog"]').click();
    await page.waitForSelector(".graphiql-dialog");
    await page.keyboard.press("Escape");

    assert.deepEqual(page.complaints, []);
    await keepsItsSecrets(page);
    await page.reload();
    await says(page, "who", `Logged in as ${email}.`);
    await page.locator("#forget").click();
    await says(page, "who", "Not logged in.");
    assert.equal(await page.evaluate(() => sessionStorage.getItem("recado.session")), null);
  },
  "a session is renewed before its token ends": async () => {
    const page = await open();
    await logIn(page);
    await says(page, "who", `Logged in as ${email}.`);
    const before = await session(page, { expiresAt: new Date().toISOString() });
    await run(page, "Inbox", '"nodes"');
    const after = await session(page);
    assert.notEqual(after.refreshToken, before.refreshToken);
    assert.ok(Date.parse(after.expiresAt) > Date.now() + 60_000);
    assert.deepEqual(page.complaints, []);
  },
  "a token can be used": async () => {
    const page = await open();
    await page.locator("#bearer").fill(await login());
    await page.locator("#token button").click();
    await says(page, "who", "Using a token.");
    await run(page, "Inbox", '"nodes"');
    assert.deepEqual(page.complaints, []);
    await keepsItsSecrets(page);
  },
  "without the CDN there is a plain editor": async () => works(await open(() => null)),
  "a file that was tampered with is not run": async () => {
    const page = await open((url) => published(url) + (url.includes("/graphiql.min.js") ? "\nwindow.tampered = 1;" : ""));
    await works(page);
    assert.equal(await page.evaluate(() => window.tampered), undefined);
  },
});

/** The plain editor logs in, asks and listens. */
async function works(page) {
  await page.waitForSelector("#plain:not([hidden])");
  await logIn(page);
  await says(page, "who", `Logged in as ${email}.`);
  await page.locator("#run").click();
  await says(page, "result", '"nodes"');
  await page.locator("#query").fill("subscription { messageAdded { content { ... on TextContent { body } } } }");
  await page.locator("#run").click();
  const text = `plain ${Math.random()}`;
  const again = setInterval(() => customerWrites(newNumber(), text).catch(() => {}), 500);
  await says(page, "result", text);
  clearInterval(again);
}

/** The session that the tab keeps, changed by this. */
function session(page, change = {}) {
  return page.evaluate((change) => {
    const changed = { ...JSON.parse(sessionStorage.getItem("recado.session")), ...change };
    sessionStorage.setItem("recado.session", JSON.stringify(changed));
    return changed;
  }, change);
}

/** No token stands in an address or outlives the tab. */
async function keepsItsSecrets(page) {
  const { token } = await session(page);
  assert.ok(token.length > 20);
  assert.ok(page.addresses.every((url) => !url.includes(token)));
  assert.equal(page.url(), `${address}/`);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  assert.equal(await page.evaluate(() => document.cookie), "");
}
