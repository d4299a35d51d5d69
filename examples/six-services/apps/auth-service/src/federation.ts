import * as oidc from "openid-client";

const PROVIDERS: Record<string, { issuer: string; authorize: string; clientId: string }> = {
  workplace: {
    issuer: "https://login.workplace.example",
    authorize: "https://login.workplace.example/oauth2/authorize",
    clientId: "acme-chat",
  },
  campus: {
    issuer: "https://sso.campus.example",
    authorize: "https://sso.campus.example/oidc/auth",
    clientId: "acme-chat-campus",
  },
};

export interface FederationStart {
  url: string;
  state: string;
  codeVerifier: string;
}

/** Where to send the browser, and what the client must keep until it comes back. */
export async function startFederation(name: string): Promise<FederationStart | undefined> {
  const provider = PROVIDERS[name];
  if (!provider) return undefined;

  const { issuer, authorize, clientId } = provider;
  const configuration = new oidc.Configuration({ issuer, authorization_endpoint: authorize }, clientId);
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: "https://acme.example/signed-in",
    scope: "openid email",
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
    state,
  });
  return { url: url.href, state, codeVerifier };
}
