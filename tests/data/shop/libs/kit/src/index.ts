export * from "./money";
export * from "./text";
export { default as clock } from "./clock";
