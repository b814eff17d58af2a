// urql with its normalised cache, which knows the schema and warns of every answer that does not fit it.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { Client, fetchExchange, gql } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { buildSchema, introspectionFromSchema } from "graphql";
import { customerWrites, http, judge, login, newNumber, within } from "./lib.mjs";

const schema = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");
const introspection = introspectionFromSchema(buildSchema(schema));
const token = await login();
const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));

const PAGE = gql`
  query Page($after: Cursor, $last: Int, $before: Cursor, $first: Int) {
    conversations(first: $first, after: $after, last: $last, before: $before) {
      edges {
        cursor
        node { id mode unreadCount contact { id name } lastMessage { id content { ... on TextContent { body } } } }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;
const SET_MODE = gql`
  mutation SetMode($id: ID!, $input: ConversationSetModeInput!) {
    conversationSetMode(id: $id, input: $input) { conversation { id mode } userErrors { code message } }
  }
`;

function client() {
  return new Client({
    url: http,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      cacheExchange({
        schema: introspection,
        resolvers: { Query: { conversations: relayPagination() } },
        // Values without an identity of their own are kept in what holds them.
        keys: Object.fromEntries(
          introspection.__schema.types
            .filter((type) => type.kind === "OBJECT" && !type.fields.some((field) => field.name === "id"))
            .map((type) => [type.name, () => null]),
        ),
      }),
      fetchExchange,
    ],
  });
}

async function page(urql, variables) {
  const { data, error } = await urql.query(PAGE, variables).toPromise();
  assert.ifError(error);
  return data.conversations;
}

// Enough conversations for several pages.
await Promise.all(Array.from({ length: 6 }, () => customerWrites(newNumber(), "urql")));
await within(20, "six conversations", (async () => {
  while ((await page(client(), { first: 6 })).edges.length < 6) await new Promise((wake) => setTimeout(wake, 200));
})());

await judge({
  "pages join in the cache": async () => {
    const urql = client();
    const one = await page(urql, { first: 2 });
    assert.equal(one.edges.length, 2);
    const two = await page(urql, { first: 2, after: one.pageInfo.endCursor });
    assert.equal(new Set(two.edges.map(({ node }) => node.id)).size, 4, "relayPagination gives both pages together");
    assert.ok(two.pageInfo.endCursor && two.pageInfo.endCursor !== one.pageInfo.endCursor);
  },
  "pages run backwards": async () => {
    const urql = client();
    const end = await page(urql, { last: 2 });
    const both = await page(urql, { last: 2, before: end.pageInfo.startCursor });
    assert.equal(new Set(both.edges.map(({ node }) => node.id)).size, 4);
    assert.deepEqual(both.edges.slice(2), end.edges, "the end stays behind what comes before it");
  },
  "a mutation's answer changes what a query of the cache gives": async () => {
    const urql = client();
    const [{ node }] = (await page(urql, { first: 1 })).edges;
    for (const mode of ["MANUAL", "AUTOMATIC"]) {
      const { data, error } = await urql.mutation(SET_MODE, { id: node.id, input: { mode } }).toPromise();
      assert.ifError(error);
      assert.deepEqual(data.conversationSetMode.userErrors, []);
      const cached = await urql.query(PAGE, { first: 1 }, { requestPolicy: "cache-only" }).toPromise();
      assert.equal(cached.data.conversations.edges[0].node.mode, mode);
    }
  },
  "errors come with their code": async () => {
    const { error } = await client().query(gql`query Nothing { conversations(first: -1) { totalCount } }`, {}).toPromise();
    assert.equal(error.graphQLErrors[0].extensions.code, "BAD_USER_INPUT");
  },
  "the cache has nothing to complain of": async () => {
    await page(client(), { first: 5 });
    assert.deepEqual(warnings.filter((warning) => !/development/i.test(warning)), []);
  },
});
