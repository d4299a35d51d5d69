globalThis.shopRegistered = true;

declare global {
  var shopRegistered: boolean;
}
