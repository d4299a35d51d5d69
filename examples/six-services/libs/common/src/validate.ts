import type { Context } from "hono";
import type { ZodType } from "zod";
import { badRequest } from "./app";

/** The JSON body of a request, or a 400 that says what is wrong with it. */
export async function readBody<T>(c: Context, schema: ZodType<T>): Promise<T> {
  const body: unknown = await c.req.json().catch(() => {
    throw badRequest("The body is not JSON");
  });
  return parse(schema, body);
}

export function readQuery<T>(c: Context, schema: ZodType<T>): T {
  return parse(schema, c.req.query());
}

function parse<T>(schema: ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join(".") || "body"}: ${issue.message}`,
  );
  throw badRequest(problems.join("; "));
}
