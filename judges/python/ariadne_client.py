"""The typed client that ariadne-codegen makes of the documents, used as a Python service would use it."""

import asyncio
import uuid
from datetime import UTC, datetime

from inbox_client import (
    ConversationFilter,
    ConversationMode,
    ConversationSetModeInput,
    InboxClient,
    LoginInput,
    MessageContentInput,
    MessageRecipientInput,
    MessageSendInput,
    TextContentInput,
)
from inbox_client.exceptions import GraphQLClientGraphQLMultiError
from live import EMAIL, PASSWORD, URL, new_number, within, write_until


async def main():
    async with InboxClient(url=URL) as anybody:
        login = (await anybody.login(LoginInput(email=EMAIL, password=PASSWORD))).login
        refused = (await anybody.login(LoginInput(email=EMAIL, password="wrong"))).login
    assert not login.user_errors and login.expires_at > datetime.now(UTC)
    assert refused.access_token is None and refused.user_errors[0].code == "INVALID_CREDENTIALS"
    headers = {"authorization": f"Bearer {login.access_token}"}
    socket = {
        "ws_url": URL.replace("http", "ws", 1),
        "ws_connection_init_payload": headers,
        "ws_headers": headers,
    }
    async with InboxClient(url=URL, headers=headers, **socket) as client:
        number = new_number()
        async with write_until(number, "ariadne"):
            message = await within(20, hear(client, "ariadne"))
        conversation = message.conversation.id

        page = (await client.inbox(first=1, filter_=ConversationFilter(archived=False))).conversations
        assert len(page.edges) == 1 and page.total_count >= 1
        thing = (await client.thing(id=conversation)).node
        assert thing.typename__ == "Conversation" and thing.contact.phone == f"+{number}"

        for mode in [ConversationMode.MANUAL, ConversationMode.AUTOMATIC]:
            changed = await client.set_mode(conversation, ConversationSetModeInput(mode=mode))
            assert changed.conversation_set_mode.conversation.mode == mode

        key = str(uuid.uuid4())
        sent = [await client.send(answer(conversation, "Hello", key)) for _ in range(2)]
        assert sent[0].message_send.message.id == sent[1].message_send.message.id
        other = (await client.send(answer(conversation, "Something else", key))).message_send
        assert other.user_errors[0].code == "IDEMPOTENCY_KEY_REUSED"
        unknown = MessageRecipientInput(phone="+15550009999")
        refused = MessageSendInput(to=unknown, content=text("Hello"), idempotencyKey=key + "2")
        assert (await client.send(refused)).message_send.user_errors[0].code == "RECIPIENT_NOT_FOUND"

        try:
            await client.inbox(first=-1)
            raise AssertionError("a page of -1 was not refused")
        except GraphQLClientGraphQLMultiError as error:
            assert error.errors[0].extensions["code"] == "BAD_USER_INPUT"
    print("login, subscription, query, node, mutations, errors")


async def hear(client, body):
    async for item in client.messages():
        if getattr(item.message_added.content, "body", None) == body:
            return item.message_added


def text(body):
    return MessageContentInput(text=TextContentInput(body=body))


def answer(conversation, body, key):
    return MessageSendInput(conversationId=conversation, content=text(body), idempotencyKey=key)


asyncio.run(main())
