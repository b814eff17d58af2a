// A screen's code against the generated types. It is compiled and not run: what it may read without a check, the
// schema promises.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { read } from "../out/typescript/fragment-masking.js";
import {
  ChangesDocument, InboxDocument, InboxRowFragmentDoc, MessagePartsFragmentDoc, SendDocument,
  SetModeDocument,
} from "../out/typescript/graphql.js";

declare function run<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>;

export async function inbox(): Promise<string[]> {
  const { conversations } = await run(InboxDocument, { first: 25, filter: { archived: false, unread: true } });
  const more: string | null | undefined = conversations.pageInfo.endCursor;
  console.log(conversations.totalCount.toFixed(), more);
  return conversations.edges.map(({ cursor, node }) => {
    const row = read(InboxRowFragmentDoc, node);
    const last = row.lastMessage && read(MessagePartsFragmentDoc, row.lastMessage);
    const text = last?.content.__typename === "TextContent" ? last.content.body : last?.content.__typename;
    return `${cursor} ${row.contact?.name ?? row.contact?.phone} (${row.unreadCount}): ${text}`;
  });
}

export async function answer(phone: string, body: string): Promise<string | undefined> {
  const input = { to: { phone }, content: { text: { body } }, idempotencyKey: crypto.randomUUID() };
  const { messageSend } = await run(SendDocument, { input });
  for (const { code, message, field } of messageSend.userErrors) {
    if (code === "WINDOW_CLOSED") return "a template is needed";
    console.log(field?.join("."), message);
  }
  return messageSend.message ? read(MessagePartsFragmentDoc, messageSend.message).id : undefined;
}

export async function take(id: string): Promise<void> {
  await run(SetModeDocument, { id, input: { mode: "MANUAL" } });
  // @ts-expect-error An input without what it needs is refused when the screen is compiled.
  await run(SetModeDocument, { id, input: {} });
  // @ts-expect-error Exactly one kind of content is sent.
  await run(SendDocument, { input: { content: { text: null }, idempotencyKey: "1" } });
}

export async function changes(after: string): Promise<string> {
  const { events } = await run(ChangesDocument, { after });
  switch (events.__typename) {
    case "MessageAddedEvent":
      return events.message ? read(MessagePartsFragmentDoc, events.message).id : "erased";
    case "ConversationUpdatedEvent":
      return events.conversation?.id ?? "erased";
    default:
      return events.cursor;
  }
}
