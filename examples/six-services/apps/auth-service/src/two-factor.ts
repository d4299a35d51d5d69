import { Secret, TOTP } from "otpauth";
import { renderSVG } from "uqr";

export interface Enrolment {
  secret: string;
  uri: string;
  /** The address as a picture for the camera of a phone. */
  qrCode: string;
}

export function createEnrolment(email: string): Enrolment {
  const secret = new Secret({ size: 20 });
  const uri = new TOTP({ issuer: "Acme", label: email, secret }).toString();
  return { secret: secret.base32, uri, qrCode: renderSVG(uri) };
}

/** Accepts the code of this half minute and of its two neighbours. */
export function isValidCode(secret: string, code: string | undefined): boolean {
  if (!code) return false;
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.validate({ token: code, window: 1 }) !== null;
}
