// Apollo Client: its normalised cache, pages, links and errors, as a screen uses them.
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { customerWrites, http, judge, login, newNumber, socket, within } from "./lib.mjs";

const token = await login();
const headers = { authorization: `Bearer ${token}` };
const complaints = [];
for (const level of ["warn", "error"]) {
  const say = console[level];
  console[level] = (...words) => (String(words[0]).startsWith("✗") ? say(...words) : complaints.push(words.join(" ")));
}

const PAGE = gql`
  query Page($first: Int, $after: Cursor) {
    conversations(first: $first, after: $after) {
      edges { cursor node { id mode unreadCount contact { id name phone } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;
const ROW = gql`fragment Row on Conversation { id mode }`;
const SET_MODE = gql`
  mutation SetMode($id: ID!, $input: ConversationSetModeInput!) {
    conversationSetMode(id: $id, input: $input) { conversation { id mode } userErrors { code field message } }
  }
`;
const SEND = gql`
  mutation Send($input: MessageSendInput!) {
    messageSend(input: $input) { message { id status } userErrors { code field message } }
  }
`;
const ADDED = gql`
  subscription Added {
    messageAdded { id conversation { id unreadCount contact { id phone } } content { ... on TextContent { body } } }
  }
`;

function client(link = new HttpLink({ uri: http, headers }), options = {}) {
  const fields = { conversations: relayStylePagination(["filter", "orderBy"]) };
  const cache = new InMemoryCache({ typePolicies: { Query: { fields } } });
  return new ApolloClient({ link, cache, ...options });
}

/** A link that writes down what it sends. */
function recording(sent) {
  const send = (uri, options) => {
    sent.push({ method: options.method ?? "GET", uri: String(uri), body: options.body && JSON.parse(options.body) });
    return fetch(uri, options);
  };
  return { uri: http, headers, fetch: send };
}

async function firstConversation(apollo) {
  const { data } = await apollo.query({ query: PAGE, variables: { first: 1 } });
  return data.conversations.edges[0].node;
}

await Promise.all(Array.from({ length: 6 }, () => customerWrites(newNumber(), "apollo")));
await within(20, "six conversations", (async () => {
  const found = async () => (await client().query({ query: PAGE, variables: { first: 6 } })).data.conversations;
  while ((await found()).edges.length < 6) await new Promise((wake) => setTimeout(wake, 200));
})());

await judge({
  "fetchMore joins pages": async () => {
    const list = client().watchQuery({ query: PAGE, variables: { first: 2 } });
    const edges = await new Promise((resolve, reject) => {
      list.subscribe(({ data, loading, error }) => {
        if (error) return reject(error);
        const page = !loading && data.conversations;
        if (page && page.edges.length > 2) resolve(page.edges);
        else if (page) list.fetchMore({ variables: { after: page.pageInfo.endCursor } }).catch(reject);
      });
    });
    assert.equal(new Set(edges.map(({ node }) => node.id)).size, 4);
  },
  "a mutation's answer changes what the cache holds": async () => {
    const apollo = client();
    const { id } = await firstConversation(apollo);
    for (const mode of ["MANUAL", "AUTOMATIC"]) {
      const { data } = await apollo.mutate({ mutation: SET_MODE, variables: { id, input: { mode } } });
      assert.deepEqual(data.conversationSetMode.userErrors, []);
      assert.equal(apollo.cache.readFragment({ id: `Conversation:${id}`, fragment: ROW }).mode, mode);
    }
  },
  "everything with an id is kept by it": async () => {
    const apollo = client();
    await apollo.query({ query: PAGE, variables: { first: 3 } });
    const kept = Object.keys(apollo.cache.extract());
    assert.ok(kept.some((key) => key.startsWith("Conversation:")) && kept.some((key) => key.startsWith("Contact:")));
  },
  "queries go by GET": async () => {
    const sent = [];
    const apollo = client(new HttpLink({ ...recording(sent), useGETForQueries: true }));
    await firstConversation(apollo);
    assert.deepEqual(sent.map(({ method }) => method), ["GET"]);
  },
  "persisted queries work, or the client goes on without": async () => {
    const sent = [];
    const hash = new PersistedQueryLink({ sha256: (query) => createHash("sha256").update(query).digest("hex") });
    const apollo = client(ApolloLink.from([hash, new HttpLink(recording(sent))]));
    for (let round = 0; round < 2; round++) {
      const { data } = await apollo.query({ query: PAGE, variables: { first: 1 }, fetchPolicy: "network-only" });
      assert.equal(data.conversations.edges.length, 1);
    }
    assert.ok(sent.length <= 3, `${sent.length} requests for two queries`);
    assert.ok(!sent[0].body.query && sent[0].body.extensions.persistedQuery.sha256Hash);
  },
  "subscriptions over a WebSocket fill the cache": async () => {
    const [number, text] = [newNumber(), `apollo ${Math.random()}`];
    const live = createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: headers });
    const apollo = client(new GraphQLWsLink(live));
    const again = setInterval(() => customerWrites(number, text).catch(() => {}), 500);
    const heard = await new Promise((resolve, reject) => {
      apollo.subscribe({ query: ADDED }).subscribe({
        next: ({ data, error }) => {
          if (error) reject(error);
          else if (data.messageAdded.content.body === text) resolve(data.messageAdded);
        },
        error: reject,
      });
    });
    clearInterval(again);
    assert.equal(heard.conversation.contact.phone, `+${number}`);
    assert.ok(apollo.cache.extract()[`Conversation:${heard.conversation.id}`]);
    await live.dispose();
  },
  "what a person can mend is data": async () => {
    const content = { text: { body: "Hello" } };
    const input = { to: { phone: "+15550009999" }, content, idempotencyKey: `apollo-${Math.random()}` };
    const { data, error } = await client().mutate({ mutation: SEND, variables: { input } });
    assert.ifError(error);
    assert.equal(data.messageSend.message, null);
    assert.equal(data.messageSend.userErrors[0].code, "RECIPIENT_NOT_FOUND");
  },
  "what a programmer must mend is an error with its code": async () => {
    const failed = client().query({ query: PAGE, variables: { first: -1 } });
    await assert.rejects(failed, (error) =>
      CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === "BAD_USER_INPUT");
  },
  "who has no token is told so": async () => {
    const failed = client(new HttpLink({ uri: http })).query({ query: PAGE, variables: { first: 1 } });
    await assert.rejects(failed, (error) => error.errors?.[0].extensions.code === "UNAUTHENTICATED");
  },
  "a part that fails leaves the rest": async () => {
    const query = gql`query Part { conversations(first: 1) { edges { node { id } } } contact(id: "nonsense") { id } }`;
    const apollo = client(undefined, { defaultOptions: { query: { errorPolicy: "all" } } });
    const { data } = await apollo.query({ query });
    assert.equal(data.conversations.edges.length, 1);
    assert.equal(data.contact, null);
  },
  "the client has nothing to complain of": async () => {
    await firstConversation(client());
    assert.deepEqual(complaints, []);
  },
});
