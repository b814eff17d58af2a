// How operations travel: queries and mutations by POST, subscriptions over a WebSocket of their own.
async function request(params) {
  return post(params, await currentToken());
}

// As an observable of results; to unsubscribe closes the socket.
function subscription(params) {
  return {
    subscribe(observer) {
      const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/graphql", "graphql-transport-ws");
      const send = (message) => socket.send(JSON.stringify(message));
      socket.onopen = async () => {
        const token = await currentToken();
        send({ type: "connection_init", payload: token ? { authorization: "Bearer " + token } : {} });
      };
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload: params });
        else if (message.type === "ping") send({ type: "pong" });
        else if (message.type === "next") observer.next(message.payload);
        else if (message.type === "error") observer.next({ errors: message.payload });
        if (message.type === "complete" || message.type === "error") socket.close(1000);
      };
      socket.onclose = ({ code, reason }) => {
        if (code === 1000) observer.complete();
        else observer.error(new Error("The connection was closed: " + code + " " + reason));
      };
      const unsubscribe = () => {
        socket.onclose = null;
        socket.close(1000);
      };
      return { unsubscribe };
    },
  };
}
