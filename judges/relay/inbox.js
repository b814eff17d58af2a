// Documents for relay-compiler: fragments that page, load anew and take arguments, as a screen would write them.
import { graphql } from "react-relay";

export const query = graphql`
  query inboxQuery($count: Int!, $cursor: Cursor, $id: ID!) {
    ...inbox_conversations @arguments(count: $count, cursor: $cursor)
    node(id: $id) {
      ...inbox_thread @alias(as: "thread")
    }
  }
`;

export const conversations = graphql`
  fragment inbox_conversations on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 25 }
    cursor: { type: "Cursor" }
    filter: { type: "ConversationFilter" }
  )
  @refetchable(queryName: "inboxConversationsQuery") {
    conversations(first: $count, after: $cursor, filter: $filter)
      @connection(key: "inbox_conversations", filters: ["filter"]) {
      edges {
        node {
          id
          unreadCount
          contact {
            name
            phone
          }
          ...inbox_row @arguments(withOwner: true)
        }
      }
    }
  }
`;

export const row = graphql`
  fragment inbox_row on Conversation @argumentDefinitions(withOwner: { type: "Boolean", defaultValue: false }) {
    mode
    owner @include(if: $withOwner) {
      name
    }
  }
`;

export const thread = graphql`
  fragment inbox_thread on Conversation
  @argumentDefinitions(count: { type: "Int", defaultValue: 25 }, cursor: { type: "Cursor" })
  @refetchable(queryName: "inboxThreadQuery") {
    messages(last: $count, before: $cursor) @connection(key: "inbox_thread_messages") {
      edges {
        node {
          id
          ...inbox_message
        }
      }
    }
  }
`;

export const message = graphql`
  fragment inbox_message on Message @refetchable(queryName: "inboxMessageQuery") {
    direction
    sentAt
    status
    content {
      __typename
      ... on TextContent {
        body
      }
    }
    replyTo {
      id
    }
  }
`;

export const send = graphql`
  mutation inboxSendMutation($input: MessageSendInput!, $connections: [ID!]!) {
    messageSend(input: $input) {
      message @appendNode(connections: $connections, edgeTypeName: "MessageEdge") {
        ...inbox_message
      }
      userErrors {
        code
        message
      }
    }
  }
`;

export const archive = graphql`
  mutation inboxArchiveMutation($id: ID!) {
    conversationArchive(id: $id) {
      conversation {
        id
        archived
      }
      userErrors {
        ... on UserError {
          message
        }
      }
    }
  }
`;

export const added = graphql`
  subscription inboxAddedSubscription($conversationId: ID, $connections: [ID!]!) {
    messageAdded(conversationId: $conversationId)
      @appendNode(connections: $connections, edgeTypeName: "MessageEdge") {
      ...inbox_message
    }
  }
`;

export const changes = graphql`
  subscription inboxChangesSubscription($after: Cursor) {
    events(after: $after) {
      __typename
      cursor
      ... on MessageAddedEvent {
        message {
          ...inbox_message
        }
      }
    }
  }
`;
