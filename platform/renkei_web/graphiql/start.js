/* Starts GraphiQL on this server. Queries go over HTTP, subscriptions over server-sent events;
   both act with the session cookie, or with an Authorization header from the headers tab. */
"use strict";

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      waiting += value;
      const blocks = waiting.split("\n\n");
      waiting = blocks.pop();
      for (const block of blocks) {
        if (block.startsWith("event: complete")) return;
        const line = block.split("\n").find((one) => one.startsWith("data: "));
        if (line) yield JSON.parse(line.slice(6));
      }
    }
  } finally {
    await reader.cancel();
  }
}

async function fetcher(params, options) {
  const live = /^\s*subscription\b/m.test(params.query);
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      ...(options && options.headers),
      "content-type": "application/json",
      accept: live ? "text/event-stream" : "application/graphql-response+json",
    },
    body: JSON.stringify(params),
  });
  const streams = (response.headers.get("content-type") || "").startsWith("text/event-stream");
  return streams ? events(response) : response.json();
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, { fetcher, isHeadersEditorEnabled: true }),
);
