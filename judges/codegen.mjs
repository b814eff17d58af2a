// graphql-codegen's client preset over the documents; typescript/screen.ts uses what it makes.
export default {
  schema: "../schema.graphql",
  documents: "documents/*.graphql",
  ignoreNoDocuments: false,
  generates: {
    "out/typescript/": {
      preset: "client",
      presetConfig: { persistedDocuments: true, fragmentMasking: { unmaskFunctionName: "read" } },
      config: {
        strictScalars: true,
        defaultScalarType: "unknown",
        scalars: { Cursor: "string", DateTime: "string", JSON: "unknown", PhoneNumber: "string", Upload: "Blob", URL: "string" },
        useTypeImports: true,
      },
    },
  },
};
