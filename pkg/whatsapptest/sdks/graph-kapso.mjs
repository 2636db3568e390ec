// @kapso/whatsapp-cloud-api sends through the service's /graph, with a key of the service as its token.
import assert from "node:assert/strict";
import { WhatsAppClient, GraphApiError } from "@kapso/whatsapp-cloud-api";
import { rejected } from "./callback.mjs";

const s = JSON.parse(process.argv[2]);
const client = new WhatsAppClient({ accessToken: s.key, baseUrl: s.graph, graphVersion: "v25.0" });
const number = { phoneNumberId: s.phone };
const to = { ...number, to: "+447700900123" };
const ours = (sent) => {
  assert.match(sent.messages[0].id, new RegExp(s.idPattern));
  assert.equal(sent.messagingProduct ?? sent.messaging_product, "whatsapp");
  assert.equal(sent.contacts[0].waId ?? sent.contacts[0].wa_id, "447700900123");
  return sent.messages[0].id;
};

const first = ours(await client.messages.sendText({ ...to, body: "Hi by kapso" }));
ours(await client.messages.sendImage({ ...to, image: { link: "https://example.com/a.jpg", caption: "this one" } }));
ours(await client.messages.sendLocation({ ...to, location: { latitude: 53.79, longitude: -1.54, name: "Leeds" } }));
const template = (...texts) => ({
  name: s.template, language: { code: "en_US" }, components: [{ type: "body", parameters: texts.map((text) => ({ type: "text", text })) }],
});
ours(await client.messages.sendTemplate({ ...to, template: template("Ann", "42") }));

// What only Meta can, and what each refuses.
const react = () => client.messages.sendReaction({ ...to, reaction: { messageId: first, emoji: "👍" } });
const press = () => client.messages.sendInteractiveButtons({ ...to, bodyText: "Ready?", buttons: [{ id: "y", title: "Yes" }] });
for (const only of [react, press]) {
  if (s.meta) {
    ours(await only());
    continue;
  }
  const cannot = await rejected(only());
  assert.ok(cannot instanceof GraphApiError);
  assert.equal(cannot.code, 131051);
  assert.match(cannot.details, /WASender/);
}
const short = await rejected(client.messages.sendTemplate({ ...to, template: template("Ann") }));
assert.ok(short instanceof GraphApiError);
assert.equal(short.code, 132000);
assert.ok(short.isTemplateError());
const stranger = new WhatsAppClient({ accessToken: "wrong", baseUrl: s.graph, graphVersion: "v25.0" });
const unknown = await rejected(stranger.messages.sendText({ ...to, body: "Hi" }));
assert.equal(unknown.code, 190);
assert.ok(unknown.isAuthError());
const nowhere = await rejected(client.messages.sendText({ ...to, phoneNumberId: "1", body: "Hi" }));
assert.deepEqual([nowhere.httpStatus, nowhere.code, nowhere.errorSubcode], [400, 100, 33]);

// Read receipts.
assert.equal((await client.messages.markRead({ ...number, messageId: s.incoming, typingIndicator: { type: "text" } })).success, true);
assert.equal((await rejected(client.messages.markRead({ ...number, messageId: "wamid.unknown" }))).code, 131009);

if (s.meta) {
  const account = { businessAccountId: s.businessID };
  const listed = await client.templates.list({ ...account, limit: 1 });
  assert.equal(listed.data[0].name, s.template);
  assert.equal(listed.data[0].components[0].text, "Hello {{1}}, your order {{2}} is ready.");
  assert.ok(!listed.paging.next);
}
