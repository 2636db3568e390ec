// @great-detail/whatsapp judges the double of Meta.
import assert from "node:assert/strict";
import Client from "@great-detail/whatsapp";
import { listen, order, rejected } from "./callback.mjs";

const s = JSON.parse(process.argv[2]);
const sdk = new Client({
  prefixUrl: s.meta, graphVersion: "v25.0",
  request: { headers: { Authorization: `Bearer ${s.token}` }, retry: 0 },
});
const to = { phoneNumberID: s.phoneID, to: "+447700900123" };

const sent = await sdk.message.createMessage({ ...to, type: "text", text: { body: "Hi" } }).json();
assert.match(sent.messages[0].id, /^wamid\./);
const template = (...texts) => ({
  name: s.template, language: { code: "en_US" }, components: [{ type: "body", parameters: texts.map((text) => ({ type: "text", text })) }],
});
await sdk.message.createMessage({ ...to, type: "template", template: template("Ann", "42") }).json();
const short = await rejected(sdk.message.createMessage({ ...to, type: "template", template: template("Ann") }).json());
assert.equal((await short.response.json()).error.code, 132000);

// Numbers, subscriptions, the account and its templates.
const numbers = await sdk.phoneNumbers.listPhoneNumbers({ businessAccountID: s.businessID }).json();
assert.deepEqual(numbers.data.map((one) => one.id), [s.phoneID]);
const number = await sdk.phoneNumbers.getPhoneNumber({ phoneNumberID: s.phoneID, fields: ["status", "quality_rating"] }).json();
assert.equal(number.status, "CONNECTED");
assert.equal((await sdk.subscribedApps.createSubscription({ businessAccountID: s.businessID }).json()).success, true);
const apps = await sdk.subscribedApps.listSubscriptions({ businessAccountID: s.businessID }).json();
assert.equal(apps.data[0].whatsapp_business_api_data.id, s.appID);
assert.equal((await sdk.whatsappBusinessAccount.get(s.businessID).json()).id, s.businessID);
const made = await sdk.template.create(s.businessID, {
  name: "by_great_detail", language: "en_US", category: "UTILITY", components: [{ type: "BODY", text: "Hello" }],
}).json();
assert.equal(made.status, "PENDING");
const pending = await sdk.template.list(s.businessID, { status: "PENDING" }).json();
assert.deepEqual(pending.data.map((one) => one.name), ["by_great_detail"]);
assert.equal((await sdk.template.delete(s.businessID, { name: "by_great_detail" }).json()).success, true);

// Verification and webhooks, by the SDK's own handlers.
let verified = false;
const callback = await listen(async (request) => {
  if (request.method !== "GET") return "";
  const registration = await sdk.webhook.register(request);
  verified = registration.verifyToken === "choose-any";
  return registration.accept();
});
await order(s.meta, "PUT", "callback", { url: callback.url, verify_token: "choose-any" });
assert.ok(verified);
const { ids } = await order(s.meta, "POST", "messages", { text: "Zoë 👍 1/2" });
const event = await sdk.webhook.eventNotification(await callback.next());
await event.verifySignature(s.appSecret);
assert.equal(await event.checkSignature("wrong"), false);
const message = event.eventNotification.entry[0].changes[0].value.messages[0];
assert.equal(message.text.body, "Zoë 👍 1/2");
await order(s.meta, "POST", "messages", { text: "x", wrongly_signed: true });
const forged = await sdk.webhook.eventNotification(await callback.next());
await rejected(forged.verifySignature(s.appSecret));

const read = (message_id) => sdk.message.createStatus({ phoneNumberID: s.phoneID, status: "read", message_id }).json();
assert.equal((await read(ids[0])).success, true);
assert.equal((await (await rejected(read("wamid.unknown"))).response.json()).error.code, 131009);
callback.close();
