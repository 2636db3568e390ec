// @kapso/whatsapp-cloud-api judges the double of Meta.
import assert from "node:assert/strict";
import { WhatsAppClient, GraphApiError } from "@kapso/whatsapp-cloud-api";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";
import { listen, order, rejected } from "./callback.mjs";

const s = JSON.parse(process.argv[2]);
const client = new WhatsAppClient({ accessToken: s.token, baseUrl: s.meta, graphVersion: "v25.0" });
const number = { phoneNumberId: s.phoneID };
const to = { ...number, to: "+447700900123" };

const sent = await client.messages.sendText({ ...to, body: "Hi" });
assert.match(sent.messages[0].id, /^wamid\./);
assert.equal(sent.contacts[0].waId ?? sent.contacts[0].wa_id, "447700900123");
await client.messages.sendImage({ ...to, image: { link: "https://example.com/a.jpg", caption: "this one" } });
await client.messages.sendLocation({ ...to, location: { latitude: 53.79, longitude: -1.54, name: "Leeds" } });
await client.messages.sendContacts({ ...to, contacts: [{ name: { formattedName: "Ann Lee" }, phones: [{ phone: "+44", type: "WORK" }] }] });
await client.messages.sendReaction({ ...to, reaction: { messageId: sent.messages[0].id, emoji: "👍" } });
await client.messages.sendInteractiveButtons({ ...to, bodyText: "Ready?", buttons: [{ id: "y", title: "Yes" }] });
const template = (...texts) => ({
  name: s.template,
  language: { code: "en_US" },
  components: [{ type: "body", parameters: texts.map((text) => ({ type: "text", text })) }],
});
await client.messages.sendTemplate({ ...to, template: template("Ann", "42") });

// Errors are those that the SDK knows.
const short = await rejected(client.messages.sendTemplate({ ...to, template: template("Ann") }));
assert.ok(short instanceof GraphApiError);
assert.equal(short.code, 132000);
assert.ok(short.isTemplateError());
await order(s.meta, "POST", "faults", { fault: "error", code: 130429 });
assert.ok((await rejected(client.messages.sendText({ ...to, body: "Hi" }))).isRateLimit());
const stranger = new WhatsAppClient({ accessToken: "wrong", baseUrl: s.meta, graphVersion: "v25.0" });
assert.ok((await rejected(stranger.messages.sendText({ ...to, body: "Hi" }))).isAuthError());

// Templates.
const account = { businessAccountId: s.businessID };
const listed = await client.templates.list({ ...account, limit: 1 });
assert.equal(listed.data[0].name, s.template);
assert.ok(!listed.paging.next);
const made = await client.templates.create({
  ...account, name: "by_kapso", language: "en_US", category: "UTILITY", components: [{ type: "BODY", text: "Hello" }],
});
assert.equal(made.status, "PENDING");
const next = await client.templates.list({ ...account, limit: 1, after: listed.paging.cursors.after });
assert.equal(next.data[0].name, "by_kapso");
assert.equal((await client.templates.delete({ ...account, name: "by_kapso" })).success, true);

// Webhooks, and the read receipt for one.
const callback = await listen((request) => request.query["hub.challenge"] ?? "");
await order(s.meta, "PUT", "callback", { url: callback.url, verify_token: "choose-any" });
const text = "Zoë 👍 1/2 </b>";
const { ids } = await order(s.meta, "POST", "messages", { text });
const hook = await callback.next();
const signatureHeader = hook.headers["x-hub-signature-256"];
assert.ok(verifySignature({ appSecret: s.appSecret, rawBody: hook.body, signatureHeader }));
assert.ok(!verifySignature({ appSecret: "wrong", rawBody: hook.body, signatureHeader }));
const message = normalizeWebhook(JSON.parse(hook.body)).messages[0];
assert.equal(message.text.body, text);
assert.equal((await client.messages.markRead({ ...number, messageId: ids[0] })).success, true);
assert.equal((await rejected(client.messages.markRead({ ...number, messageId: "wamid.unknown" }))).code, 131009);
assert.deepEqual((await order(s.meta, "GET", "receipts")).map((r) => r.message_id), ids);
callback.close();
