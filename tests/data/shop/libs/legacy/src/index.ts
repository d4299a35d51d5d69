export * from "./orders";
export * from "./reports";
