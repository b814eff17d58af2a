// The editor for when GraphiQL cannot be loaded: the service must be of use on a machine without a network.
let running = null;

function show(value) {
  at("result").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function stop() {
  running?.unsubscribe();
  running = null;
  at("stop").disabled = true;
}

async function run() {
  stop();
  try {
    const text = at("variables").value.trim();
    const params = { query: at("query").value, variables: text ? JSON.parse(text) : undefined };
    if (!/^\s*subscription\b/m.test(params.query)) return show(await request(params));
    show("");
    const add = (line) => (at("result").textContent += line + "\n\n");
    at("stop").disabled = false;
    running = subscription(params).subscribe({
      next: (result) => add(JSON.stringify(result, null, 2)),
      error: (error) => { add(String(error)); stop(); },
      complete: () => { add("complete"); stop(); },
    });
  } catch (error) {
    show(String(error));
  }
}

function showPlain() {
  at("plain").hidden = false;
  at("graphiql").hidden = true;
  at("query").value ||= examples[0];
}

at("run").onclick = run;
at("stop").onclick = stop;
at("plain").onkeydown = (event) => {
  if (event.ctrlKey && event.key === "Enter") run();
};
