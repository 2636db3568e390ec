// @great-detail/whatsapp sends through the service's /graph, with a key of the service as its token.
import assert from "node:assert/strict";
import Client from "@great-detail/whatsapp";
import { rejected } from "./callback.mjs";

const s = JSON.parse(process.argv[2]);
const as = (key) => new Client({
  prefixUrl: s.graph, graphVersion: "v25.0",
  request: { headers: { Authorization: `Bearer ${key}` }, retry: 0 },
});
const sdk = as(s.key);
const to = { phoneNumberID: s.phone, to: "+447700900123" };
const refusal = async (promise) => {
  const { response } = await rejected(promise);
  const { error } = await response.json();
  assert.equal(error.type, "OAuthException");
  assert.equal(error.fbtrace_id, response.headers.get("x-request-id"));
  return error;
};
const send = async (type, content, more) => {
  const sent = await sdk.message.createMessage({ ...to, type, [type]: content, ...more }).json();
  assert.match(sent.messages[0].id, new RegExp(s.idPattern));
  assert.deepEqual(sent.contacts, [{ input: "+447700900123", wa_id: "447700900123" }]);
  return sent.messages[0].id;
};

const first = await send("text", { body: "Hi by great-detail" }, { biz_opaque_callback_data: "order-42" });
await send("image", { link: "https://example.com/a.jpg", caption: "this one" });
const template = (...texts) => ({
  name: s.template, language: { code: "en_US" }, components: [{ type: "body", parameters: texts.map((text) => ({ type: "text", text })) }],
});
await send("template", template("Ann", "42"));
const buttons = { type: "button", body: { text: "Ready?" }, action: { buttons: [{ type: "reply", reply: { id: "y", title: "Yes" } }] } };
for (const [type, content] of [["interactive", buttons], ["reaction", { message_id: first, emoji: "👍" }]]) {
  if (s.meta) {
    await send(type, content);
  } else {
    assert.equal((await refusal(send(type, content))).code, 131051);
  }
}
assert.equal((await refusal(send("template", template("Ann")))).code, 132000);
assert.equal((await refusal(send("text", {}))).code, 100);
assert.equal((await refusal(as("wrong").message.createMessage({ ...to, type: "text", text: { body: "Hi" } }).json())).code, 190);

const read = (message_id, more) => sdk.message.createStatus({ phoneNumberID: s.phone, status: "read", message_id, ...more }).json();
assert.equal((await read(s.incoming)).success, true);
assert.equal((await read(s.incoming, { typing_indicator: { type: "text" } })).success, true);
assert.equal((await refusal(read("wamid.unknown"))).code, 131009);

// The number, and what Meta has beside it.
const number = await sdk.phoneNumbers.getPhoneNumber({ phoneNumberID: s.phone, fields: ["verified_name", "quality_rating"] }).json();
assert.equal(number.id, s.phoneID);
if (s.meta) {
  assert.deepEqual([number.verified_name, number.quality_rating], ["Brand A", "GREEN"]);
  const numbers = await sdk.phoneNumbers.listPhoneNumbers({ businessAccountID: s.businessID }).json();
  assert.deepEqual(numbers.data.map((one) => one.id), [s.phoneID]);
  const listed = await sdk.template.list(s.businessID, { status: ["APPROVED", "PENDING"], language: "en_US" }).json();
  assert.deepEqual(listed.data.map((one) => one.name), [s.template]);
  assert.deepEqual((await sdk.template.list(s.businessID, { status: "REJECTED" }).json()).data, []);
}
