import { unauthorized } from "@acme/common";
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from "@acme/contracts";
import type { Context } from "hono";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

/** A check of the bearer token against the public keys of auth-service. */
export function createTokenGuard(authServiceUrl: string): (c: Context) => Promise<void> {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", authServiceUrl));

  return async (c) => {
    const [scheme, token] = (c.req.header("authorization") ?? "").split(" ");
    if (scheme !== "Bearer" || !token) throw unauthorized("A bearer token is needed");
    try {
      await jwtVerify(token, keys, { issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE });
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthorized("The token is not valid");
      throw error;
    }
  };
}
