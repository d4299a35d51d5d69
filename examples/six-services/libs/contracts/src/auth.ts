import * as z from "zod";

export const Registration = z.object({
  email: z.string().max(254),
  password: z.string().min(10).max(72),
});
export type Registration = z.infer<typeof Registration>;

export const Login = z.object({
  email: z.string(),
  password: z.string(),
  code: z.string().regex(/^\d{6}$/).optional(),
});
export type Login = z.infer<typeof Login>;

export const TokenCheck = z.object({ token: z.jwt() });
export type TokenCheck = z.infer<typeof TokenCheck>;

export interface AccessToken {
  accessToken: string;
  expiresIn: number;
}

/** Who the access tokens of this product are from and for. */
export const TOKEN_ISSUER = "https://auth.acme.example";
export const TOKEN_AUDIENCE = "acme-services";
