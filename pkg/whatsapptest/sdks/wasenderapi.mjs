// wasenderapi judges the double of WASender.
import assert from "node:assert/strict";
import { createWasender } from "wasenderapi";
import { listen, order, rejected } from "./callback.mjs";

const s = JSON.parse(process.argv[2]);
const client = (key, secret) => createWasender(key, undefined, `${s.wasender}/api`, undefined, { enabled: false, maxRetries: 0 }, secret);
const sdk = client(s.apiKey, s.webhookSecret);

const sent = await sdk.sendText({ to: "+447700900123", text: "Hi" });
assert.equal(sent.response.success, true);
assert.ok(Number.isInteger(sent.response.data.msgId));
assert.equal(sent.rateLimit.limit, 256);
assert.ok(sent.rateLimit.resetTimestamp > 1e9);
const info = await sdk.getMessageInfo(sent.response.data.msgId);
assert.equal(info.response.data.key.fromMe, true);
assert.equal(JSON.stringify(await sdk.getSessionStatus()).includes("connected"), true);

// Errors are those that the SDK knows.
const wrong = await rejected(sdk.sendText({ to: "nobody", text: "Hi" }));
assert.equal(wrong.statusCode, 422);
assert.ok(wrong.errorDetails.to);
const stranger = await rejected(client("wrong").sendText({ to: "+447700900123", text: "Hi" }));
assert.equal(stranger.statusCode, 401);
assert.equal(stranger.apiMessage, "Unnotarized");
await order(s.wasender, "POST", "faults", { fault: "too_many_requests", seconds: 5 });
const early = await rejected(sdk.sendText({ to: "+447700900123", text: "Hi" }));
assert.equal(early.statusCode, 429);
assert.equal(early.retryAfter, 5);

// Webhooks, by the SDK's own handler.
const callback = await listen(() => "");
await order(s.wasender, "PUT", "callback", { url: callback.url });
const handle = (hook) => sdk.handleWebhookEvent({ getHeader: (name) => hook.headers[name.toLowerCase()], getRawBody: () => hook.body });
const { ids } = await order(s.wasender, "POST", "messages", { text: "Zoë 👍" });
const event = await handle(await callback.next());
assert.equal(event.event, "messages.received");
assert.equal(event.data.messages.messageBody, "Zoë 👍");
assert.equal(event.data.messages.key.id, ids[0]);
await order(s.wasender, "POST", "messages", { text: "Hi", event: "messages.upsert" });
assert.equal((await handle(await callback.next())).data.messages[0].messageBody, "Hi");
for (const forged of [{ unsigned: true }, { wrongly_signed: true }]) {
  await order(s.wasender, "POST", "messages", forged);
  await rejected(handle(await callback.next()));
}
await order(s.wasender, "POST", "statuses", { msg_id: sent.response.data.msgId, status: 3 });
assert.equal((await handle(await callback.next())).event, "messages.update");
callback.close();
