export * from "./auth";
export * from "./chat";
export * from "./logs";
export * from "./notifications";
export * from "./users";
