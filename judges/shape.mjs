// What no linter knows: the house's rules for the shape of the schema, and that it describes itself well.
//
//     node shape.mjs SCHEMA
import { readFileSync } from "node:fs";
import {
  buildSchema, getNamedType, getNullableType, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType,
  isListType, isNonNullType, isObjectType, isSpecifiedScalarType, isUnionType, validateSchema,
} from "graphql";

/** Whole numbers that fit an Int's 32 bits, and why; what counts rows (`…Count`) does. Anything else is a text. */
const FITS = new Map([
  ["AssistantRun.assistantVersion", "changes that people made"],
  ["AssistantRun.attempt", "3 at most"],
  ["AssistantSettings.maxAnswersPerDay", "10,000 at most"],
  ["AssistantSettings.maxOutputTokens", "32,768 at most"],
  ["AssistantSettings.maxTokensPerDay", "bounded by the range itself"],
  ["AssistantSettings.version", "changes that people made"],
  ["Channel.messagesPerSecond", "80 at most"],
  ["ContactsImport.created", "100,000 rows at most"],
  ["ContactsImport.processedRows", "100,000 rows at most"],
  ["ContactsImport.refused", "100,000 rows at most"],
  ["ContactsImport.totalRows", "100,000 rows at most"],
  ["ContactsImport.unchanged", "100,000 rows at most"],
  ["ContactsImport.updated", "100,000 rows at most"],
  ["ContactsImportProblem.row", "100,000 rows at most"],
  ["ErasedCount.count", "things that are kept of one person"],
  ["InboxNotification.newMessages", "messages of a minute"],
  ["InboxNotification.unreadConversations", "conversations of one business"],
  ["InboxNotification.unreadMessages", "what people have still to read"],
  ["JobRun.attempts", "3 at most"],
  ["Media.height", "pixels of a picture"],
  ["Media.size", "bytes, and WhatsApp takes 100 MB"],
  ["Media.width", "pixels of a picture"],
  ["MessageError.code", "Meta's codes have up to seven digits"],
  ["OrderItem.quantity", "a cart of a person"],
  ["TemplateVariable.buttonIndex", "a template has ten buttons at most"],
  ["TemplateVariable.cardIndex", "a carousel has ten cards at most"],
  ["TemplateVariable.maxLength", "2,000 characters at most"],
  ["WebhookEffect.count", "items of one body, which has 3 MiB"],
  ["WebhookReceipt.attempts", "tries, which people ask for after the first few"],
]);
/** Lists of nodes that are bounded otherwise than by pages, and by what. */
const BOUNDED = new Map([
  ["Assistant.toolServers", "at most 10"],
  ["InboxNotification.conversations", "the first 100"],
  ["Query.assistants", "the assistants of one business, a handful"],
  ["MessageSendPayload.messages", "the parts of one text, at most 10"],
  ["Query.channels", "the numbers of one business, a handful"],
  ["Query.contactAttributes", "what a business wants to know, at most 100"],
  ["Query.modelPrices", "at most 500"],
  ["Query.nodes", "the ids that were given, at most 100"],
]);

const file = process.argv[2] ?? "../schema.graphql";
const schema = buildSchema(readFileSync(file, "utf8"));
const findings = [];
const check = (holds, where, what) => holds || findings.push(`${where}: ${what}`);

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
const objects = types.filter((type) => isObjectType(type) || isInterfaceType(type));
const node = schema.getType("Node");

for (const problem of validateSchema(schema)) findings.push(problem.message);
for (const type of objects) {
  const identified = type.getFields().id;
  check(!identified || type === node || type.getInterfaces().includes(node), type.name, "has an id and is no Node");
  for (const field of Object.values(type.getFields())) checkField(type, field);
  if (type.name.endsWith("Connection")) checkConnection(type);
}
for (const type of types.filter(isInputObjectType)) checkInput(type);
for (const mutation of Object.values(schema.getMutationType().getFields())) checkMutation(mutation);
for (const field of Object.values(schema.getSubscriptionType().getFields())) {
  check(isNonNullType(field.type) && !isListType(field.type.ofType), `Subscription.${field.name}`, "must be one item");
}
checkNode();
checkDescriptions();

for (const finding of findings) console.log(finding);
console.log(`${types.length} types, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;

function isNode(type) {
  return type === node || (isObjectType(type) && type.getInterfaces().includes(node)) ||
    (isUnionType(type) && type.getTypes().some(isNode));
}

/** Whether a type is `[X!]!`, and of what. */
function wholeList(type, of) {
  return String(type) === `[${of}!]!`;
}

function checkField(type, field) {
  const where = `${type.name}.${field.name}`;
  const bare = getNullableType(field.type);
  if (isListType(bare)) {
    check(field.name === "nodes" || isNonNullType(bare.ofType), where, "its items must not be null");
    const paged = type.name.endsWith("Connection");
    check(!isNode(getNamedType(bare)) || paged || BOUNDED.has(where), where, "is an unbounded list of nodes");
  }
  const fits = field.name.endsWith("Count") || FITS.has(where);
  check(getNamedType(bare).name !== "Int" || fits, where, "may pass the 32 bits of an Int; say in FITS why it cannot");
  if (getNamedType(bare).name.endsWith("Connection")) checkPageArguments(where, field);
}

function checkPageArguments(where, field) {
  const types = Object.fromEntries(field.args.map((argument) => [argument.name, String(argument.type)]));
  for (const [name, type] of [["first", "Int"], ["after", "Cursor"], ["last", "Int"], ["before", "Cursor"]]) {
    check(types[name] === type, where, `its argument ${name} must be ${type}`);
  }
  check(isNonNullType(field.type), where, "a connection must not be null");
  for (const name of ["first", "last"]) {
    const argument = field.args.find((each) => each.name === name);
    check(/at most \d+/.test(argument?.description), where, `${name} must say how many it may be: at most …`);
  }
}

function checkConnection(type) {
  const item = type.name.slice(0, -"Connection".length);
  const fields = type.getFields();
  const shape = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, String(field.type)]));
  const wanted = {
    edges: `[${item}Edge!]!`, nodes: `[${item}!]!`, pageInfo: "PageInfo!", totalCount: "Int!",
  };
  for (const [name, is] of Object.entries(wanted)) check(shape[name] === is, type.name, `${name} must be ${is}`);
  const edge = schema.getType(`${item}Edge`)?.getFields();
  check(String(edge?.cursor?.type) === "Cursor!", `${item}Edge`, "cursor must be Cursor!");
  check(String(edge?.node?.type) === `${item}!`, `${item}Edge`, `node must be ${item}!`);
}

function checkInput(type) {
  const fields = Object.values(type.getFields());
  for (const field of fields) {
    const where = `${type.name}.${field.name}`;
    const bare = getNullableType(field.type);
    if (type.isOneOf) check(!isNonNullType(field.type), where, "a member of a @oneOf input must be nullable");
    if (isListType(bare)) check(isNonNullType(bare.ofType), where, "its items must not be null");
    check(field.defaultValue === undefined, where, "no default: absent and null must be told apart");
  }
  if (type.name.endsWith("Filter")) {
    for (const field of fields) check(!isNonNullType(field.type), `${type.name}.${field.name}`, "must be optional");
  }
}

function checkMutation(mutation) {
  const where = `Mutation.${mutation.name}`;
  const prefix = mutation.name[0].toUpperCase() + mutation.name.slice(1);
  check(String(mutation.type) === `${prefix}Payload!`, where, `must return ${prefix}Payload!`);
  const names = mutation.args.map((argument) => argument.name).sort().join(", ");
  check(["", "id", "input", "id, input"].includes(names), where, `takes ${names}, but may take id and input only`);
  for (const argument of mutation.args) {
    const wanted = argument.name === "id" ? "ID!" : `${prefix}Input!`;
    check(String(argument.type) === wanted, where, `${argument.name} must be ${wanted}`);
  }
  const fields = Object.values(getNamedType(mutation.type).getFields());
  const errors = fields.find((field) => field.name === "userErrors");
  check(errors && wholeList(errors.type, `${prefix}UserError`), where, `userErrors must be [${prefix}UserError!]!`);
  for (const field of fields.filter((each) => each !== errors)) {
    const nullable = !isNonNullType(field.type) || isListType(field.type.ofType);
    check(nullable, `${prefix}Payload.${field.name}`, "must be nullable");
  }
  const error = schema.getType(`${prefix}UserError`);
  check(error?.getInterfaces().some((each) => each.name === "UserError"), where, "its errors must implement UserError");
  const code = error?.getFields().code?.type;
  check(String(code) === `${prefix}UserErrorCode!` && isEnumType(getNamedType(code)), where,
    `the code of its errors must be the enum ${prefix}UserErrorCode!`);
}

function checkNode() {
  const query = schema.getQueryType().getFields();
  check(String(query.node?.type) === "Node", "Query.node", "must be Node");
  check(String(query.nodes?.type) === "[Node]!", "Query.nodes", "must be [Node]!");
  for (const type of schema.getPossibleTypes(node)) {
    check(String(type.getFields().id.type) === "ID!", type.name, "id must be ID!");
  }
}

/** A description must tell something that the name does not. */
function checkDescriptions() {
  const words = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim().split(" ");
  const says = (where, name, description) => {
    const known = new Set([...words(name.replace(/([A-Z])/g, " $1")), "the", "a", "an", "of", "its", "this"]);
    const told = words(description ?? "").filter((word) => !known.has(word) && !known.has(word.replace(/s$/, "")));
    check(told.length > 0, where, `says nothing that its name does not: "${description}"`);
  };
  for (const type of types) {
    says(type.name, type.name, type.description);
    const members = isEnumType(type) ? type.getValues() : Object.values(type.getFields?.() ?? {});
    for (const member of members) {
      says(`${type.name}.${member.name}`, member.name, member.description);
      for (const argument of member.args ?? []) {
        says(`${type.name}.${member.name}(${argument.name})`, argument.name, argument.description);
      }
    }
  }
}
