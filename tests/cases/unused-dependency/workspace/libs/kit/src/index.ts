export * from "./price";
export * from "./tax";
