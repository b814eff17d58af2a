"""gql: fetches the schema by introspection, checks every document against it, and speaks HTTP and WebSocket."""

import asyncio

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportQueryError
from live import EMAIL, PASSWORD, URL, new_number, within, write_until

LOGIN = gql("mutation Login($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }")
INBOX = gql("query Inbox($first: Int) { conversations(first: $first) { nodes { id lastActivityAt } totalCount } }")
ADDED = gql("subscription Added { messageAdded { content { ... on TextContent { body } } } }")


async def main():
    async with Client(transport=AIOHTTPTransport(url=URL), fetch_schema_from_transport=True) as session:
        login = await session.execute(LOGIN, variable_values={"input": {"email": EMAIL, "password": PASSWORD}})
    token = login["login"]["accessToken"]
    headers = {"authorization": f"Bearer {token}"}

    over_http = AIOHTTPTransport(url=URL, headers=headers)
    async with Client(transport=over_http, fetch_schema_from_transport=True) as session:
        inbox = (await session.execute(INBOX, variable_values={"first": 2}))["conversations"]
        assert len(inbox["nodes"]) <= 2 <= inbox["totalCount"]
        try:
            await session.execute(INBOX, variable_values={"first": -1})
            raise AssertionError("a page of -1 was not refused")
        except TransportQueryError as error:
            assert error.errors[0]["extensions"]["code"] == "BAD_USER_INPUT", error

    over_socket = AIOHTTPWebsocketsTransport(url=URL.replace("http", "ws", 1), init_payload=headers)
    async with Client(transport=over_socket, fetch_schema_from_transport=True) as session:
        assert (await session.execute(INBOX, variable_values={"first": 1}))["conversations"]["nodes"]
        async with write_until(new_number(), "gql"):
            await within(20, hear(session, "gql"))
    print("introspection, query, errors, WebSocket, subscription")


async def hear(session, body):
    async for item in session.subscribe(ADDED):
        if item["messageAdded"]["content"].get("body") == body:
            return


asyncio.run(main())
