import { unauthorized } from "@acme/common";
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from "@acme/contracts";
import type { AccessToken } from "@acme/contracts";
import { SignJWT, calculateJwkThumbprint, errors, exportJWK, generateKeyPair, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTPayload } from "jose";

const ALGORITHM = "ES256";
const LIFETIME_SECONDS = 900;

export interface Tokens {
  publicKeys: JSONWebKeySet;
  issue(accountId: string): Promise<AccessToken>;
  verify(token: string): Promise<JWTPayload>;
}

/** Signs with a key that lives as long as the process. */
export async function createTokens(): Promise<Tokens> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);

  return {
    publicKeys: { keys: [{ ...jwk, kid, alg: ALGORITHM, use: "sig" }] },

    async issue(accountId) {
      const accessToken = await new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM, kid })
        .setSubject(accountId)
        .setIssuer(TOKEN_ISSUER)
        .setAudience(TOKEN_AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME_SECONDS}s`)
        .sign(privateKey);
      return { accessToken, expiresIn: LIFETIME_SECONDS };
    },

    async verify(token) {
      try {
        const options = { issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE };
        return (await jwtVerify(token, publicKey, options)).payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) throw unauthorized("The token is not valid");
        throw error;
      }
    },
  };
}
