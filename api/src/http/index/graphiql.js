// GraphiQL, if it comes; else, or if it takes too long, the plain editor.
const PATIENCE_MS = 5_000;

// What is typed may hold a password, so it stays in this tab as well.
function showGraphiql() {
  if (!window.GraphiQL) return showPlain();
  // GraphiQL's own introspection comes without a parsed document.
  const fetcher = (params, { documentAST } = {}) => {
    const operations = documentAST?.definitions.filter(({ kind }) => kind === "OperationDefinition") ?? [];
    const chosen = operations.find(({ name }) => name?.value === params.operationName) ?? operations[0];
    return chosen?.operation === "subscription" ? subscription(params) : request(params);
  };
  at("plain").hidden = true;
  at("graphiql").hidden = false;
  ReactDOM.createRoot(at("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      storage: sessionStorage,
      defaultTabs: examples.map((query) => ({ query })),
      isHeadersEditorEnabled: false,
    }),
  );
}

const late = setTimeout(showPlain, PATIENCE_MS);
document.addEventListener("DOMContentLoaded", () => {
  clearTimeout(late);
  showGraphiql();
});
