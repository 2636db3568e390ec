// What a stranger would write against the types that openapi-typescript makes of docs/openapi.json. It is compiled and never run:
// it proves that the types say what may be sent, what comes back and what is a mistake.
import type { components, operations, paths } from "./api";

type Account = components["schemas"]["Account"];
type Problem = components["schemas"]["Problem"];
type Direction = operations["getDefault"]["parameters"]["path"]["direction"];
type Body<Op extends keyof operations> = operations[Op] extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

/** Refusal carries the problem; its code is what to switch on. */
class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail} ${problem.fix}`);
  }
}

class Accounts {
  constructor(private readonly base: string, private readonly key: string) {}

  create(body: Body<"createAccount">, idempotencyKey: string): Promise<Account> {
    return this.call("POST", "/v1/accounts", body, { "Idempotency-Key": idempotencyKey });
  }

  update(id: string, body: Body<"updateAccount">, etag: string): Promise<Account> {
    return this.call("PATCH", `/v1/accounts/${id}`, body, { "If-Match": etag });
  }

  defaultOf(direction: Direction): Promise<Account> {
    return this.call("GET", `/v1/defaults/${direction}`);
  }

  async *all(query: NonNullable<operations["listAccounts"]["parameters"]["query"]>): AsyncGenerator<Account> {
    let cursor: string | null = query.cursor ?? "";
    while (cursor !== null) {
      const asked = new URLSearchParams({ ...(query.status && { status: query.status }), ...(cursor && { cursor }) });
      const page: components["schemas"]["AccountList"] = await this.call("GET", `/v1/accounts?${asked}`);
      yield* page.data;
      cursor = page.next_cursor;
    }
  }

  private async call<Answer>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(this.base + path, {
      method,
      headers: { ...headers, Authorization: `Bearer ${this.key}`, ...(body !== undefined && { "Content-Type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Refusal(await answer.json());
    return answer.json();
  }
}

export async function use(service: Accounts): Promise<string[]> {
  const made = await service.create(
    { account_name: "Brand A, UAE", account_type: "Meta", status: "Active", meta_settings: { token: "EAAG...", phone_id: "305000000000007" } },
    "import-brand-a",
  );
  await service.update(made.id, { meta_settings: { app_secret: null } }, '"an ETag"');

  // Each of these must not compile; should one begin to, the unused directive is the error.
  // @ts-expect-error an account has a name
  await service.create({ account_type: "Meta" }, "no name");
  // @ts-expect-error there is no such status
  await service.update(made.id, { status: "Paused" }, "*");
  // @ts-expect-error an id is given by the service
  await service.update(made.id, { id: made.id }, "*");
  // @ts-expect-error a secret never comes back
  const token: string | undefined = made.meta_settings?.token;

  const names: string[] = token ? [token] : [];
  for await (const account of service.all({ status: "Active" })) {
    const since: string | null | undefined = account.meta_settings?.token.updated_at;
    names.push(`${account.account_name} ${account.status} ${since ?? "unset"}`);
  }
  try {
    await service.defaultOf("outgoing");
  } catch (refused) {
    if (refused instanceof Refusal && refused.problem.code === "no_default_account") {
      names.push(...(refused.problem.considered ?? []).map((c) => `${c.account_id} ${c.outcome}`));
    }
  }
  return names;
}

/** The refusals of an operation are typed by status. */
export type NotFound = paths["/v1/accounts/{id}"]["get"]["responses"][404]["content"]["application/problem+json"];
export const codeOf = (refusal: NotFound): string => refusal.code;
