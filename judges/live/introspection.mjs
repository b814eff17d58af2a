// The served schema, asked for as graphql-js asks, is a valid one and the one of schema.graphql.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import {
  buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema, validateSchema,
} from "graphql";
import { judge, post } from "./lib.mjs";

const query = getIntrospectionQuery({
  specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true,
});
const print = (schema) => printSchema(lexicographicSortSchema(schema));

await judge({
  "what is served is what is committed": async () => {
    const { data, errors } = await post(query);
    assert.equal(errors, undefined);
    const served = buildClientSchema(data);
    assert.deepEqual(validateSchema(served), []);
    const committed = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
    assert.equal(print(served), print(committed));
  },
});
