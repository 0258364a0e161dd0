// A patient signs in, searches, asks for a free slot, finds the request in their list, and cancels it.
// It compiles under --strict against the types made from docs/openapi.json, and leaves every optional input out.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Problem = components["schemas"]["Problem"];
type RequestView = components["schemas"]["RequestView"];
export type Patient = { email: string; password: string };

export async function flow(baseUrl: string, patient: Patient, name: string, from: string): Promise<RequestView> {
  const client = createClient<paths>({ baseUrl });
  const session = answered(await client.POST("/v1/sessions", { body: patient }));
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${session.access_token}`);
    },
  });

  const found = answered(await client.GET("/v1/professionals", { params: { query: { name } } }));
  const professional_id = first(found.professionals).professional_id;
  const offered = answered(
    await client.GET("/v1/professionals/{professional_id}/services", { params: { path: { professional_id } } }),
  );
  const service_id = first(offered.services).service_id;
  const free = answered(
    await client.GET("/v1/professionals/{professional_id}/slots", {
      params: { path: { professional_id }, query: { service_id, from } },
    }),
  );

  const asked = answered(
    await client.POST("/v1/requests", {
      params: { header: { "Idempotency-Key": crypto.randomUUID() } },
      body: { professional_id, service_id, starts_at: first(free.slots).starts_at },
    }),
  );
  const mine = answered(await client.GET("/v1/requests", { params: { query: { shown: "requested" } } }));
  const { request_id, version } = first(mine.requests.filter((each) => each.request_id === asked.request_id));
  return answered(
    await client.POST("/v1/requests/{request_id}/cancel", { params: { path: { request_id } }, body: { version } }),
  );
}

function answered<T>(result: { data?: T; error?: Problem | undefined }): T {
  if (result.data === undefined) throw new Error(`${result.error?.code}: ${result.error?.detail}`);
  return result.data;
}

function first<T>(list: readonly T[]): T {
  const [found] = list;
  if (found === undefined) throw new Error("an empty list");
  return found;
}
