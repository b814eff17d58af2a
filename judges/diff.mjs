// A change of the schema that can break a client is refused, unless its commit says why:
//
//     Breaking-Schema-Change: nobody called it before the first release
//
// Each of the last commits that changed schema.graphql is compared with its parent, and the working tree with HEAD. A
// commit from before this rule, one without this file, is shown only. A shallow clone is checked as far as it reaches.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const FILE = "schema.graphql";
const TRAILER = "Breaking-Schema-Change";
const COMMITS = 30;

const here = new URL(".", import.meta.url);
let refused = 0;

function git(...words) {
  const options = { cwd: here, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] };
  return execFileSync("git", words, options).trim();
}

/** A file at a commit; null where there is no such commit or no such file. */
function fileAt(commit, file) {
  try {
    return git("show", `${commit}:${file}`);
  } catch {
    return null;
  }
}

/** The changes that a client may notice. The breaking ones come first. */
async function changes(before, after) {
  if (before === after) return [];
  const found = await diff(buildSchema(before), buildSchema(after));
  const of = (level) => found.filter(({ criticality }) => criticality.level === level);
  return [...of(CriticalityLevel.Breaking), ...of(CriticalityLevel.Dangerous)];
}

function report(where, found, why) {
  if (found.length === 0) return false;
  console.log(where + (why ? ` (${TRAILER}: ${why})` : ""));
  for (const { criticality, message } of found) console.log(`  ${criticality.level.toLowerCase()}: ${message}`);
  return found.some(({ criticality }) => criticality.level === CriticalityLevel.Breaking) && !why;
}

const commits = git("rev-list", `--max-count=${COMMITS}`, "HEAD", "--", `:/${FILE}`).split("\n").filter(Boolean);
let compared = 0;
for (const commit of commits) {
  const before = fileAt(`${commit}^`, FILE);
  if (before === null) continue;
  compared += 1;
  const why = git("log", "-1", `--format=%(trailers:key=${TRAILER},valueonly,separator=%x20)`, commit);
  const where = git("log", "-1", "--format=%h %s", commit);
  const breaks = report(where, await changes(before, fileAt(commit, FILE)), why);
  if (breaks && fileAt(commit, "judges/diff.mjs") !== null) refused += 1;
}

const committed = fileAt("HEAD", FILE);
if (committed !== null) {
  const found = await changes(committed, readFileSync(new URL(`../${FILE}`, here), "utf8"));
  if (report("the working tree", found, "")) console.log(`  when you commit it, say why in a trailer ${TRAILER}`);
}

const shallow = git("rev-parse", "--is-shallow-repository") === "true";
console.log(`${compared} commits compared${shallow ? "; the clone is shallow and does not reach further back" : ""}`);
if (refused > 0) {
  console.error(`${refused} commits break clients without a trailer ${TRAILER} that says why:`);
  console.error("deprecate instead of removing, or add the trailer");
  process.exitCode = 1;
}
