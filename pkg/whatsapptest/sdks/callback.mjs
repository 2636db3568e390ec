// A callback URL for the scripts beside this file, and the orders that make a double send to it.
import { createServer } from "node:http";
import { once } from "node:events";

// listen serves handler(request, body) on loopback; it gives the URL, and next(), the next request with its body.
export async function listen(handler) {
  const waiting = [];
  const arrived = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const url = new URL(request.url, "http://callback");
    const seen = { method: request.method, query: Object.fromEntries(url.searchParams), headers: request.headers, body };
    response.end(await handler(seen));
    if (seen.method === "POST") (waiting.shift() ?? ((one) => arrived.push(one)))(seen);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    next: () => (arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve))),
    close: () => server.close(),
  };
}

// order gives a double an order.
export async function order(double, method, name, body) {
  const answer = await fetch(`${double}/_control/${name}`, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${name}: ${text}`);
  return JSON.parse(text);
}

// rejected gives the error of a promise that has to fail.
export async function rejected(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it should have been refused");
}
