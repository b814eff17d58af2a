// The GraphQL Foundation's audits of GraphQL over HTTP: all of them, what they only recommend as well.
import { auditServer } from "graphql-http";
import { http } from "./lib.mjs";

const results = await auditServer({ url: http, fetchFn: fetch });
const failed = results.filter((result) => result.status !== "ok");
for (const { id, name, status, reason } of failed) console.error(`✗ ${id} ${status} ${name}\n  ${reason}`);
console.log(`${results.length - failed.length} of ${results.length} audits`);
process.exit(failed.length === 0 && results.length >= 61 ? 0 : 1);
