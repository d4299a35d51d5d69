export * from "./app";
export * from "./config";
export * from "./logger";
export * from "./retry";
export * from "./server";
export * from "./validate";
