// What @graphql-eslint asks of schema.graphql, and of the documents that the other judges use.
import graphql from "@graphql-eslint/eslint-plugin";

const { rules: recommended } = graphql.configs["flat/schema-recommended"];
const { rules: all } = graphql.configs["flat/schema-all"];
const { rules: relay } = graphql.configs["flat/schema-relay"];
const { rules: operations } = graphql.configs["flat/operations-recommended"];

export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "../schema.graphql", documents: "documents/*.graphql" } },
    },
  },
  {
    files: ["schema.graphql"],
    rules: {
      ...all,
      ...relay,
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          // GraphQL's own directives, which the schema's text repeats.
          ignoredSelectors: ["[parent.kind=DirectiveDefinition]"],
        },
      ],
      "@graphql-eslint/naming-convention": namesOfTheSchema(),
      // `nodes` beside `edges`: a screen that does not page by item needs no edges.
      // The entries of a history (`TemplateChange`) are read with what they are the history of, never by id.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
      // The program that writes the schema sorts it, by code point and without a place of their own for ids.
      "@graphql-eslint/alphabetize": "off",
      // A mutation of one thing takes its `id`, and what to change as `input` beside it. shape.mjs checks both.
      "@graphql-eslint/input-name": "off",
      // There are mutations and subscriptions.
      "@graphql-eslint/no-root-type": "off",
      // A payload carries what changed; clients that want more ask for it in a query of their own.
      "@graphql-eslint/require-field-of-type-query-in-mutation-result": "off",
      // A connection and a payload are there or the request failed; what can be missing inside them is nullable.
      "@graphql-eslint/require-nullable-result-in-root": "off",
      // Ids are for what can be asked for again (Node, see shape.mjs); a reply's button is a value and has none.
      "@graphql-eslint/strict-id-in-types": "off",
      // A @oneOf input is used where one of several is meant; payloads are not unions here.
      "@graphql-eslint/require-type-pattern-with-oneof": "off",
    },
  },
  { files: ["documents/*.graphql"], rules: operations },
];

/** The recommended names, and the house's: noun first for what is done, and inputs that say that they are inputs. */
function namesOfTheSchema() {
  const [severity, names] = recommended["@graphql-eslint/naming-convention"];
  return [
    severity,
    {
      ...names,
      "FieldDefinition[parent.name.value=Mutation]": {
        forbiddenPrefixes: ["mutation", "add", "create", "delete", "do", "get", "remove", "send", "update"],
        // The noun `settings` begins like the verb.
        forbiddenPatterns: [/^set(?!tings)/],
        forbiddenSuffixes: ["Mutation"],
      },
      InputObjectTypeDefinition: { requiredSuffixes: ["Filter", "Input", "Order"] },
    },
  ];
}
