export interface Route {
  name: string;
  upstream: string;
  /** Public routes need no access token. */
  public: boolean;
}

type Environment = Record<string, string | undefined>;

export function readRoutes(env: Environment = process.env): Route[] {
  return [
    { name: "auth", upstream: env.AUTH_SERVICE_URL ?? "http://127.0.0.1:3001", public: true },
    { name: "users", upstream: env.USER_SERVICE_URL ?? "http://127.0.0.1:3002", public: false },
    { name: "chat", upstream: env.CHAT_SERVICE_URL ?? "http://127.0.0.1:3003", public: false },
    { name: "notifications", upstream: env.NOTIFICATION_SERVICE_URL ?? "http://127.0.0.1:3004", public: false },
    { name: "logs", upstream: env.LOGGING_SERVICE_URL ?? "http://127.0.0.1:3005", public: false },
  ];
}

export function findRoute(routes: readonly Route[], name: string): Route | undefined {
  return routes.find((route) => route.name === name);
}
